import Foundation
import TensorCore
import TestEnvironment
import Testing

/// Tests tensors in oneDNN's layouts, mixed with operations that require row-major order.
struct LayoutTests {
  /// Returns the output of a convolution with 20 channels, which kernels store in padded blocks.
  private func activation(_ tape: Tape) throws -> Variable {
    try tape.convolution(
      tape.watch(randomTensor([2, 3, 6, 5], seed: 1)),
      Variable(randomTensor([20, 3, 3, 3], seed: 2)))
  }

  @Test func elementsAreReadAndWrittenRowMajor() throws {
    let expected = Naive.convolution(
      randomTensor([2, 3, 6, 5], seed: 1), randomTensor([20, 3, 3, 3], seed: 2), stride: 1,
      padding: 0, dilation: 1, groups: 1
    ).elements
    let found = try activation(Tape()).value
    #expect(agree(found.elements(), expected, within: 1e-5))
    var changed = found
    changed.withMutableElements { $0[7] = 42 }
    var expectedChange = expected
    expectedChange[7] = 42
    #expect(agree(changed.elements(), expectedChange, within: 1e-5))
    // The bytes are in row-major order too, as files require.
    let bytes = found.withBytes { Array($0.bindMemory(to: Float.self)) }
    #expect(agree(bytes, expected, within: 1e-5))
    // The copy on write leaves the original unchanged.
    #expect(agree(found.elements(), expected, within: 1e-5))
    let flat = try found.reshaped(to: [2, 240])
    #expect(flat.shape == [2, 240] && agree(flat.elements(), expected, within: 1e-5))
  }

  @Test func gradientsOfAllLayoutsAddUp() throws {
    // One use keeps the layout and one does not; their gradients are added at the activation.
    func run(_ combine: (Tape, Variable, Variable) throws -> Variable) throws -> [Float] {
      let tape = Tape()
      let input = tape.watch(randomTensor([2, 16, 5, 5], seed: 3))
      let activation = try tape.convolution(
        input, Variable(randomTensor([16, 16, 3, 3], seed: 4)),
        window: Window(stride: 1, padding: 1))
      let kept = try tape.relu(activation)
      let sum = try combine(tape, activation, kept)
      let gradients = try tape.gradients(of: tape.sum(tape.multiply(sum, sum)))
      return gradients[input]?.tensor.elements() ?? []
    }
    let blocked = try run { try $0.add($1, $2) }
    let rowMajor = try run {
      try $0.add($0.reshape($1, to: $1.shape), $0.reshape($2, to: $2.shape))
    }
    let turned = try run { try $0.add($2, $1) }
    #expect(blocked.count == 800)
    #expect(agree(blocked, rowMajor.map(Double.init), within: 1e-5))
    #expect(agree(blocked, turned.map(Double.init), within: 1e-5))
  }

  @Test func typesAreConvertedInAnyLayout() throws {
    let found = try activation(Tape()).value
    let half = try found.rowMajor(as: .bfloat16)
    #expect(half.elementType == .bfloat16)
    let back = try half.rowMajor(as: .float32)
    #expect(agree(back.elements(), found.elements().map(Double.init), within: 0.01))
    #expect(back.elements() != found.elements())
  }

  @Test func manyThreadsShareOneTeam() async throws {
    let expected = try activation(Tape()).value.elements()
    try await withThrowingTaskGroup(of: [Float].self) { group in
      for _ in 0..<16 { group.addTask { try activation(Tape()).value.elements() } }
      for try await found in group { #expect(found == expected) }
    }
    // A team per caller would have 16 times as many threads. Other tests run concurrently, so the process's total says
    // nothing, but a team's threads inherit the name of the thread that created them.
    var team = try teamSize()
    // The list may omit threads while others end, and names can't be read while other tests use up all file
    // descriptors, so this is retried.
    for _ in 0..<1_000 where team == 0 {
      await Task.yield()
      team = try teamSize()
    }
    #expect((1...ComputeContext.current.threadCount).contains(team))
  }

  private func teamSize() throws -> Int {
    let tasks = "/proc/self/task"
    return try FileManager.default.contentsOfDirectory(atPath: tasks).count { task in
      // A thread that has ended has no name.
      let name = try? String(contentsOfFile: "\(tasks)/\(task)/comm", encoding: .utf8)
      return name == "oneDNN\n"
    }
  }
}
