import Dispatch
import Synchronization

/// Cuts `0 ..< count` into chunks, works them off on up to `threadCount` threads, and returns the
/// results in the order of the chunks.
///
/// The cut depends on `count` and `chunkSize` alone: what is summed up within a chunk and then over
/// the results in order is the same whatever the number of threads.
package func inParallelChunks<Result: Sendable>(
  of count: Int, chunkSize: Int, threadCount: Int, _ work: @Sendable (Range<Int>) -> Result
) -> [Result] {
  precondition(chunkSize > 0 && threadCount > 0)
  let chunkCount = (count + chunkSize - 1) / chunkSize
  @Sendable func chunk(_ number: Int) -> Range<Int> {
    number * chunkSize..<min(count, (number + 1) * chunkSize)
  }
  guard chunkCount > 1, threadCount > 1 else { return (0..<chunkCount).map { work(chunk($0)) } }
  let next = Atomic(0)
  let results = Mutex([Result?](repeating: nil, count: chunkCount))
  DispatchQueue.concurrentPerform(iterations: min(threadCount, chunkCount)) { _ in
    while true {
      let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard number < chunkCount else { return }
      let result = work(chunk(number))
      results.withLock { $0[number] = result }
    }
  }
  return results.withLock { $0.compactMap(\.self) }
}
