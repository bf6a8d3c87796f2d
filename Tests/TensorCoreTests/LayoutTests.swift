import Foundation
import TensorCore
import TestEnvironment
import Testing

/// Tensors that lie as oneDNN wants them, among operations that know nothing of it.
struct LayoutTests {
  /// The result of a convolution: 20 channels, which kernels keep in blocks with padding.
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
    // So are their bytes, as files want them.
    let bytes = found.withBytes { Array($0.bindMemory(to: Float.self)) }
    #expect(agree(bytes, expected, within: 1e-5))
    // The other holder keeps what it had.
    #expect(agree(found.elements(), expected, within: 1e-5))
    let flat = try found.reshaped(to: [2, 240])
    #expect(flat.shape == [2, 240] && agree(flat.elements(), expected, within: 1e-5))
  }

  @Test func gradientsOfAllLayoutsAddUp() throws {
    // One use keeps the layout, one does not: their gradients meet at the activation.
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
    // A team for each caller would be 16 times as many. Other tests run beside this one, so that the
    // threads of the whole process say nothing; those of a team are named as the thread that made it.
    var team = try teamSize()
    // The system leaves threads out of the list while others end, and gives no names while other tests
    // hold all the files that may be open: asked again.
    for _ in 0..<1_000 where team == 0 {
      await Task.yield()
      team = try teamSize()
    }
    #expect((1...ComputeContext.current.threadCount).contains(team))
  }

  private func teamSize() throws -> Int {
    let tasks = "/proc/self/task"
    return try FileManager.default.contentsOfDirectory(atPath: tasks).count { task in
      // One that ended meanwhile has no name left.
      let name = try? String(contentsOfFile: "\(tasks)/\(task)/comm", encoding: .utf8)
      return name == "oneDNN\n"
    }
  }
}
