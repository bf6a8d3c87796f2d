import Errors
import Layers
import TensorCore
import Testing

@Suite struct LayerTests {
  @Test func embeddingIsAOneHotProduct() throws {
    var random = RandomStream(seed: 1, stream: 1)
    let embedding = Embedding(rowCount: 6, length: 4, random: &random)
    let rows: [UInt32] = [5, 0, 2, 5]
    var oneHot = Tensor.zeros([4, 6])
    oneHot.withMutableElements {
      for (use, row) in rows.enumerated() { $0[use * 6 + Int(row)] = 1 }
    }
    let weights = Variable(Tensor([4, 4], (0..<16).map { Float($0) - 7 }))

    var outputs: [[Float]] = []
    var gradients: [[Float]] = []
    for looksUp in [true, false] {
      let pass = ForwardPass(isTraining: true)
      let output =
        looksUp
        ? try embedding(rows, in: pass)
        : try pass.tape.matmul(Variable(oneHot), pass.variable(embedding.weight))
      outputs.append(output.value.elements())
      try pass.computeGradients(of: pass.tape.sum(pass.tape.multiply(output, weights)))
      let gradient = try #require(embedding.weight.gradient)
      if case .rows(let part) = gradient { #expect(looksUp && part.rows == rows) }
      gradients.append(gradient.tensor.elements())
    }
    #expect(zip(outputs[0], outputs[1]).allSatisfy { abs($0 - $1) < 1e-7 })
    #expect(zip(gradients[0], gradients[1]).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(gradients[0].contains { $0 != 0 })
  }

  @Test func embeddingStartsFromWrappedNormals() {
    var random = RandomStream(seed: 2, stream: 1)
    let numbers = Embedding.start([400, 250], random: &random).elements().map(Double.init)
    #expect(numbers.allSatisfy { abs($0) < 0.02 })
    let squares = numbers.reduce(0) { $0 + $1 * $1 } / Double(numbers.count)
    // Truncated tails would give 0.0088, unwrapped ones 0.01.
    #expect(abs(squares.squareRoot() - 0.00866) < 0.00005)
  }

  @Test func linearIsAnAffineMap() throws {
    var random = RandomStream(seed: 3, stream: 1)
    let linear = Linear(inputCount: 3, outputCount: 2, random: &random)
    let bound = 1 / Float(3).squareRoot()
    #expect(linear.weight.value.elements().allSatisfy { abs($0) <= bound })
    #expect(linear.weight.isDecayed && linear.bias?.isDecayed == false)
    let input = Tensor([2, 3], [1, 2, 3, -1, 0, 1] as [Float])
    let output = try linear(Variable(input), in: ForwardPass(isTraining: false)).value
    let (w, b) = (linear.weight.value.elements(), linear.bias?.value.elements() ?? [])
    let expected = [
      w[0] + 2 * w[1] + 3 * w[2] + b[0], w[3] + 2 * w[4] + 3 * w[5] + b[1], -w[0] + w[2] + b[0],
      -w[3] + w[5] + b[1],
    ]
    #expect(zip(output.elements(), expected).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(throws: TensorError.self) {
      try linear(Variable(.zeros([2, 4])), in: ForwardPass(isTraining: false))
    }
  }

  @Test func frozenParametersAreConstants() throws {
    var random = RandomStream(seed: 3, stream: 1)
    let linear = Linear(inputCount: 3, outputCount: 2, random: &random)
    let norm = Parameter(Tensor([2], repeating: Float(1)), trainsWhenFrozen: true)
    let group = ParameterGroup("all", [linear.weight, norm])
    func gradients() throws -> [Bool] {
      linear.weight.gradient = nil
      norm.gradient = nil
      let pass = ForwardPass(isTraining: true)
      let output = try linear(Variable(Tensor([1, 3], [1, 2, 3] as [Float])), in: pass)
      try pass.computeGradients(of: pass.tape.sum(pass.tape.multiply(output, pass.variable(norm))))
      return [linear.weight.gradient != nil, norm.gradient != nil]
    }
    #expect(try gradients() == [true, true])
    group.setFrozen(true)
    #expect(try gradients() == [false, true])
    group.setFrozen(false)
    #expect(try gradients() == [true, true])
  }

  @Test func gradientsOfSeveralPassesAddUp() throws {
    let weight = Parameter(Tensor([2], [1, 2] as [Float]))
    func pass(_ factor: Float, adding: Bool) throws {
      let pass = ForwardPass(isTraining: true)
      let product = try pass.tape.multiply(pass.variable(weight), Variable(Tensor(factor)))
      try pass.computeGradients(of: pass.tape.sum(product), adding: adding)
    }
    try pass(3, adding: true)
    try pass(4, adding: true)
    #expect(weight.gradient?.tensor.elements() == [7, 7])
    try pass(5, adding: false)
    #expect(weight.gradient?.tensor.elements() == [5, 5])
  }

  @Test func parametersBearTheirPaths() {
    var random = RandomStream(seed: 1, stream: 1)
    let network = Sequential(named: [
      ("hidden", Linear(inputCount: 2, outputCount: 16, random: &random)), ("", ReLU()),
      ("output", Linear(inputCount: 16, outputCount: 1, random: &random)),
    ])
    #expect(
      network.namedParameters().map(\.name) == [
        "hidden.weight", "hidden.bias", "output.weight", "output.bias",
      ])
    #expect(network.namedState().map(\.name) == network.namedParameters().map(\.name))
    #expect(ParameterGroup("all", of: network).parameters.count == 4)
  }
}
