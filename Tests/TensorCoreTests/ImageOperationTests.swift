import Errors
import TensorCore
import TestEnvironment
import Testing

/// Compares pooling, batch norm and residual sums of images with their definitions and with finite differences.
struct ImageOperationTests {
  @Test(arguments: [(3, 2, 1), (2, 2, 0), (3, 1, 0), (5, 3, 2)]) func pools(
    _ sizes: (size: Int, stride: Int, padding: Int)
  ) throws {
    let window = Window(stride: sizes.stride, padding: sizes.padding)
    let size = Extent(sizes.size)
    for channels in [3, 16] {
      let input = randomTensor([2, channels, 9, 8], seed: 1)
      func naive(_ combine: ([Double]) -> Double) -> [Double] {
        Naive.pool(
          input, size: sizes.size, stride: sizes.stride, padding: sizes.padding, combine)
      }
      let (tape, variable) = (Tape(), Variable(input))
      let points = Double(sizes.size * sizes.size)
      let greatest = try tape.pool(.maximum, variable, size: size, window: window).value
      #expect(agree(greatest.elements(), naive { $0.max() ?? 0 }, within: 1e-6))
      let mean = try tape.pool(.average, variable, size: size, window: window).value
      #expect(agree(mean.elements(), naive { $0.reduce(0, +) / points }, within: 1e-6))
    }
    let input = randomTensor([1, 2, 6, 5], seed: 2)
    try expectGradients(of: [input], step: 1e-3) {
      try $0.pool(.maximum, $1[0], size: size, window: window)
    }
    try expectGradients(of: [input]) { try $0.pool(.average, $1[0], size: size, window: window) }
  }

  @Test func poolsWholeImages() throws {
    let input = randomTensor([1, 2, 6, 8], seed: 23)
    let means = try Tape().globalPool(.average, Variable(input))
    #expect(means.shape == [1, 2, 1, 1])
    let elements = input.elements().map { Double($0) }
    let expected = [elements[..<48], elements[48...]].map { $0.reduce(0, +) / 48 }
    #expect(agree(means.value.elements(), expected, within: 1e-6))
    try expectGradients(of: [input]) { try $0.globalPool(.average, $1[0]) }
    try expectGradients(of: [input], step: 2e-4) { try $0.globalPool(.maximum, $1[0]) }
  }

  @Test(arguments: [3, 16], [false, true]) func normalizes(_ channels: Int, _ relu: Bool)
    throws
  {
    let inputs = [
      randomTensor([2, channels, 3, 4], seed: 4), randomTensor([channels], seed: 5),
      randomTensor([channels], seed: 6),
    ]
    let expected = Naive.normalized(inputs[0], weight: inputs[1], bias: inputs[2])
    let tape = Tape()
    let variables = inputs.map(Variable.init)
    var found: ChannelStatistics?
    let output = try tape.batchNorm(
      variables[0], weight: variables[1], bias: variables[2], relu: relu
    ) { found = $0 }.value
    #expect(
      agree(
        output.elements(), expected.elements.map { relu ? max($0, 0) : $0 }, within: 1e-5))
    let statistics = try #require(found)
    #expect(statistics.count == 24)
    #expect(agree(statistics.mean.elements(), expected.mean, within: 1e-6))
    #expect(agree(statistics.variance.elements(), expected.variance, within: 1e-6))
    try expectGradients(of: inputs, within: 2e-2, step: relu ? 1e-4 : 0.01) {
      try $0.batchNorm($1[0], weight: $1[1], bias: $1[2], relu: relu) { _ in }
    }
  }

  @Test func normalizesByGivenStatistics() throws {
    let inputs = [
      randomTensor([2, 3, 3, 4], seed: 7), randomTensor([3], seed: 8), randomTensor([3], seed: 9),
    ]
    let (mean, variance) = (randomTensor([3], seed: 10), Tensor([3], [Float(0.5), 1, 2]))
    let output = try Tape(isRecording: false).batchNorm(
      Variable(inputs[0]), weight: Variable(inputs[1]), bias: Variable(inputs[2]),
      by: ChannelStatistics(mean: mean, variance: variance)
    ).value
    let expected = Naive.positions([2, 3, 3, 4]).map { at in
      let channel = [at[1]]
      return (Naive.element(inputs[0], at) - Naive.element(mean, channel))
        / (Naive.element(variance, channel) + 1e-5).squareRoot() * Naive.element(inputs[1], channel)
        + Naive.element(inputs[2], channel)
    }
    #expect(agree(output.elements(), expected, within: 1e-5))
    try expectGradients(of: inputs) {
      try $0.batchNorm(
        $1[0], weight: $1[1], bias: $1[2], by: ChannelStatistics(mean: mean, variance: variance))
    }
  }

  @Test func endsAResidualBlock() throws {
    let inputs = [randomTensor([2, 3, 4, 2], seed: 11), randomTensor([2, 3, 4, 2], seed: 12)]
    let found = try Tape().addReLU(Variable(inputs[0]), Variable(inputs[1])).value
    let expected = zip(inputs[0].elements(), inputs[1].elements()).map { Double(max($0 + $1, 0)) }
    #expect(agree(found.elements(), expected, within: 1e-6))
    try expectGradients(of: inputs, step: 1e-3) { try $0.addReLU($1[0], $1[1]) }
  }

  @Test(arguments: [3, 16]) func notANumberIsNoticedBehindReLU(_ channels: Int) throws {
    var input = randomTensor([2, channels, 3, 3], seed: 13)
    input.withMutableElements { $0[5] = .nan }
    let ones = Variable(Tensor([channels], repeating: Float(1)))
    let output = try Tape().batchNorm(
      Variable(input), weight: ones, bias: ones, relu: true
    ) { _ in }
    #expect(output.value.elements().contains { $0.isNaN })
    let sum = try Tape().addReLU(Variable(input), Variable(input))
    #expect(sum.value.elements().contains { $0.isNaN })
  }

  @Test func namesTheOperationAndTheShapes() throws {
    let tape = Tape()
    let input = Variable(Tensor.zeros([2, 4, 5, 5]))
    let failing: [(String, [String], () throws(TensorError) -> Variable)] = [
      (
        "maximum pooling", ["[2, 4, 5, 5]", "7x7"],
        { () throws(TensorError) in
          try tape.pool(.maximum, input, size: Extent(7), window: Window())
        }
      ),
      (
        "average pooling", ["[2, 4, 5, 5]", "3x3", "half"],
        { () throws(TensorError) in
          try tape.pool(.average, input, size: Extent(3), window: Window(stride: 1, padding: 2))
        }
      ),
      (
        "batch norm", ["[2, 4, 5, 5]", "[3]"],
        { () throws(TensorError) in
          try tape.batchNorm(
            input, weight: Variable(.zeros([4])), bias: Variable(.zeros([3]))
          ) { _ in }
        }
      ),
      (
        "add relu", ["[2, 4, 5, 5]", "[2, 4, 5, 4]"],
        { () throws(TensorError) in
          try tape.addReLU(input, Variable(.zeros([2, 4, 5, 4])))
        }
      ),
      (
        "average pooling", ["[2, 4]"],
        { () throws(TensorError) in try tape.globalPool(.average, Variable(.zeros([2, 4]))) }
      ),
    ]
    for (name, shapes, operation) in failing {
      let error = #expect(throws: TensorError.self) { try operation() }
      #expect(error?.code == .shapeMismatch && error?.place == name)
      for shape in shapes { #expect(error?.description.contains(shape) == true, "\(shape)") }
    }
    let single = #expect(throws: TensorError.self) {
      try tape.batchNorm(
        Variable(.zeros([1, 2, 1, 1])), weight: Variable(.zeros([2])), bias: Variable(.zeros([2]))
      ) { _ in }
    }
    #expect(single?.description.contains("two images") == true)
  }
}
