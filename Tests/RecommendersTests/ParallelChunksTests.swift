import Recommenders
import Testing

@Suite struct ParallelChunksTests {
  @Test(arguments: [0, 1, 9, 10, 11, 1000], [1, 2, 7])
  func resultsComeInTheOrderOfTheChunks(count: Int, threadCount: Int) {
    let chunks = inParallelChunks(of: count, chunkSize: 10, threadCount: threadCount) { $0 }
    #expect(chunks.flatMap { Array($0) } == Array(0..<count))
    #expect(chunks.allSatisfy { $0.count <= 10 && !$0.isEmpty })
  }
}
