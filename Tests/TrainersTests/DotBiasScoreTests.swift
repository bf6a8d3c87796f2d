import Errors
import TensorCore
import TestEnvironment
import Testing
import Trainers

/// The fused operation against the same computation by general ones.
@Suite struct DotBiasScoreTests {
  private let users: [UInt32] = [3, 0, 3, 3, 1]
  private let items: [UInt32] = [2, 2, 0, 2, 1]

  private func tables() -> [Tensor] {
    var random = RandomStream(seed: 4, stream: 0)
    return ([[4, 7], [3, 7], [4, 1], [3, 1]] as [Shape]).map { shape in
      Tensor(shape) { random.fillNormal($0) }
    }
  }

  private func fused(_ tape: Tape, _ inputs: [Variable]) throws -> Variable {
    try tape.apply(
      DotBiasScore(users: users, items: items), to: inputs[0], inputs[1], inputs[2], inputs[3])
  }

  private func composed(_ tape: Tape, _ inputs: [Variable]) throws -> Variable {
    let product = try tape.multiply(
      tape.gather(users, from: inputs[0]), tape.gather(items, from: inputs[1]))
    let biases = try tape.add(
      tape.gather(users, from: inputs[2]), tape.gather(items, from: inputs[3]))
    let ones = Variable(Tensor([product.shape[1], 1], repeating: Float(1)))
    return try tape.reshape(
      tape.add(tape.matmul(product, ones), biases), to: [users.count])
  }

  @Test func equalsTheComposition() throws {
    var losses: [Float] = []
    var gradients: [[[Float]]] = []
    for computation in [fused, composed] {
      let tape = Tape()
      let inputs = tables().map(tape.watch)
      let scores = try computation(tape, inputs)
      let loss = try tape.sum(tape.sigmoid(scores, from: 0, to: 5))
      losses.append(loss.value.number)
      let found = try tape.gradients(of: loss)
      gradients.append(inputs.map { found[$0]?.tensor.elements() ?? [] })
    }
    #expect(abs(losses[0] - losses[1]) < 1e-5)
    for table in 0..<4 {
      #expect(!gradients[0][table].isEmpty)
      #expect(agree(gradients[0][table], gradients[1][table], within: 1e-6))
    }
  }

  @Test func refusesWhatDoesNotFit() throws {
    var inputs = tables().map(Variable.init)
    let tape = Tape()
    let outside = #expect(throws: TensorError.self) {
      try tape.apply(
        DotBiasScore(users: [4], items: [0]), to: inputs[0], inputs[1], inputs[2], inputs[3])
    }
    #expect(outside?.code == .indexOutOfRange)
    inputs[1] = Variable(.zeros([3, 6]))
    let mismatch = #expect(throws: TensorError.self) { try fused(tape, inputs) }
    #expect(mismatch?.code == .shapeMismatch)
    #expect(mismatch?.description.contains("[3, 6]") == true)
  }
}
