import Foundation
import Synchronization
import TensorCore
import Testing

/// Tests threads: all parts run, results do not depend on the number of threads, and the context reaches every kernel.
@Suite struct ComputeContextTests {
  @Test(arguments: [0, 1, 63, 64, 65, 1000], [1, 2, 7])
  func partsMakeUpTheWhole(_ count: Int, _ threadCount: Int) {
    let context = ComputeContext(threadCount: threadCount)
    for runsOnTheComputeThread in [false, true] {
      let parts = Mutex<[Range<Int>]>([])
      func collect() {
        context.forEachPart(of: count, grain: 16) { part in parts.withLock { $0.append(part) } }
      }
      if runsOnTheComputeThread { context.run { collect() } } else { collect() }
      let sorted = parts.withLock { $0.sorted { $0.lowerBound < $1.lowerBound } }
      #expect(sorted.flatMap { Array($0) } == Array(0..<count))
      #expect(sorted.count <= max(1, min(threadCount, count / 16)))
      #expect(sorted.allSatisfy { $0.lowerBound % 16 == 0 })
    }
  }

  @Test(arguments: [0, 1, 9, 10, 11, 1000], [1, 2, 7])
  func resultsComeInTheOrderOfTheChunks(_ count: Int, _ threadCount: Int) {
    let chunks = ComputeContext(threadCount: threadCount).mapChunks(of: count, size: 10) { $0 }
    #expect(chunks.flatMap { Array($0) } == Array(0..<count))
    #expect(chunks.allSatisfy { $0.count <= 10 && !$0.isEmpty })
  }

  /// Nested parallel work runs in place, because a team within a team would exceed the thread count.
  @Test func partsWithinPartsHaveOneThread() {
    let context = ComputeContext(threadCount: 3)
    for body in [
      { context.forEachPart(of: 6) { _ in #expect(ComputeContext.current.threadCount == 1) } },
      {
        _ = context.mapChunks(of: 6, size: 1) { _ in
          #expect(ComputeContext.current.threadCount == 1)
        }
      },
    ] {
      body()
      context.run { body() }
    }
  }

  @Test func aTapeRunsItsOperationsInItsContext() throws {
    struct Probe: TensorCore.Operation {
      let name = "probe"
      func forward(_ inputs: [Tensor]) -> Tensor {
        #expect(ComputeContext.current == ComputeContext(threadCount: 5, precision: .bfloat16))
        return inputs[0]
      }
      func gradients(
        for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
      ) -> [Gradient?] {
        #expect(ComputeContext.current == ComputeContext(threadCount: 5, precision: .bfloat16))
        return [.dense(outputGradient)]
      }
    }
    let tape = Tape(context: ComputeContext(threadCount: 5, precision: .bfloat16))
    let x = tape.watch(Tensor(3))
    let gradients = try tape.gradients(of: tape.apply(Probe(), to: x))
    #expect(gradients[x]?.tensor.number == 1)
    #expect(ComputeContext.current == ComputeContext())
  }

  /// Products of several row blocks, of which the last is shorter.
  @Test(arguments: [(false, false), (true, false), (false, true)])
  func matrixProductsAreTheSameForAnyNumberOfThreads(_ transposed: (Bool, Bool)) throws {
    let (rows, inner, columns) = (450, 300, 250)
    let left = randomTensor(transposed.0 ? [inner, rows] : [rows, inner], seed: 1)
    let right = randomTensor(transposed.1 ? [columns, inner] : [inner, columns], seed: 2)
    func product(_ threadCount: Int) throws -> Tensor {
      try ComputeContext(threadCount: threadCount).bind {
        try Tensor.product(
          left, right, transposingLeft: transposed.0, transposingRight: transposed.1)
      }
    }
    let single = try product(1)
    for threadCount in [2, 3, 8] {
      #expect(try product(threadCount).elements() == single.elements())
    }
    // One element of each row.
    let (a, b, found) = (left.elements(), right.elements(), single.elements())
    for row in 0..<rows {
      let column = row * 7 % columns
      let expected = (0..<inner).reduce(0) { sum, k in
        sum + Double(a[transposed.0 ? k * rows + row : row * inner + k])
          * Double(b[transposed.1 ? column * inner + k : k * columns + column])
      }
      #expect(abs(Double(found[row * columns + column]) - expected) < 1e-4)
    }
  }

  /// Runs in its own process, whose threads are counted.
  @Test func kernelsKeepToTheThreadsOfTheContext() async {
    await #expect(processExitsWith: .success) {
      func convolve(_ threadCount: Int) throws {
        let tape = Tape(isRecording: false, context: ComputeContext(threadCount: threadCount))
        let input = Variable(Tensor([4, 16, 32, 32], repeating: Float(1)))
        let filters = Variable(Tensor([32, 16, 3, 3], repeating: Float(1)))
        _ = try tape.relu(tape.convolution(input, filters))
      }
      func teamSize() throws -> Int {
        let tasks = "/proc/self/task"
        return try FileManager.default.contentsOfDirectory(atPath: tasks).count { task in
          (try? String(contentsOfFile: "\(tasks)/\(task)/comm", encoding: .utf8)) == "oneDNN\n"
        }
      }
      try convolve(1)
      #expect(try teamSize() == 1)
      try convolve(3)
      #expect(try teamSize() == 3)
    }
  }

  /// Runs in its own process, because kernels used by other tests stay cached.
  @Test func keptKernelsAreBounded() async {
    await #expect(processExitsWith: .success) {
      let limit = ComputeContext.keptKernels.limit
      try ComputeContext.current.run {
        for length in 1...limit + 50 {
          // Each length needs its own kernel.
          let half = try Tensor([length], repeating: Float(1)).rowMajor(as: .bfloat16)
          #expect(half.elementCount == length)
          #expect(ComputeContext.keptKernels.count == min(length, limit))
        }
      }
      // An evicted kernel is created again.
      let again = try Tensor([1], repeating: Float(1)).rowMajor(as: .bfloat16)
      #expect(again.elements(of: BFloat16.self) == [BFloat16(1)])
      #expect(ComputeContext.keptKernels.count == limit)
    }
  }

  @Test func theLeastRecentlyUsedGoesFirst() {
    var cache = LRUCache<String, Int>(capacity: 2)
    var made: [String] = []
    func value(_ key: String) -> Int {
      cache.value(for: key) {
        made.append(key)
        return key.count
      }
    }
    for key in ["a", "bb", "a", "ccc", "a", "bb"] { #expect(value(key) == key.count) }
    #expect(made == ["a", "bb", "ccc", "bb"] && cache.count == 2)
  }
}
