import Errors
import Layers
import TensorCore
import TestEnvironment
import Testing

/// Tests that image layers pass their options to the operations and are initialised as in PyTorch.
@Suite struct ImageLayerTests {
  private let input = Variable(
    Tensor([2, 4, 7, 6], hashedNumbers(2 * 4 * 7 * 6, seed: 1)))
  private let pass = ForwardPass(isTraining: false)

  @Test(arguments: [1, 2, 4]) func convolutionsStartByFanOut(_ groups: Int) {
    var random = RandomStream(seed: 1, stream: 1)
    let layer = Convolution(
      inputs: 32, outputs: 64, size: Extent(height: 3, width: 5), groups: groups, hasBias: true,
      random: &random)
    #expect(layer.weight.value.shape == [64, 32 / groups, 3, 5])
    let numbers = layer.weight.value.elements()
    let squares = numbers.reduce(0) { $0 + Double($1) * Double($1) } / Double(numbers.count)
    // torch.nn.init.kaiming_normal_(mode="fan_out") ignores groups.
    #expect(abs(squares.squareRoot() / (2.0 / (64 * 3 * 5)).squareRoot() - 1) < 0.03)
    #expect(layer.bias?.value.elements() == [Float](repeating: 0, count: 64))
    #expect(layer.weight.isDecayed && layer.bias?.isDecayed == false)
  }

  @Test func convolutionsSlideAsTold() throws {
    var random = RandomStream(seed: 1, stream: 1)
    let window = Window(
      stride: Extent(height: 2, width: 1), padding: Extent(height: 0, width: 1),
      dilation: Extent(height: 1, width: 2))
    let layer = Convolution(
      inputs: 4, outputs: 6, size: Extent(3), window: window, groups: 2, hasBias: true,
      random: &random)
    let bias = try #require(layer.bias)
    bias.value = Tensor([6], hashedNumbers(6, seed: 2))
    let found = try layer(input, in: pass)
    #expect(found.shape == [2, 6, 3, 4])
    let expected = try pass.tape.convolution(
      input, Variable(layer.weight.value), bias: Variable(bias.value), window: window, groups: 2)
    #expect(found.value.elements() == expected.value.elements())
    #expect(layer.namedParameters().map(\.name) == ["weight", "bias"])
  }

  @Test func poolsAsTold() throws {
    let size = Extent(height: 3, width: 2)
    let window = Window(
      stride: Extent(height: 2, width: 3), padding: Extent(height: 1, width: 1))
    let tape = pass.tape
    for kind in [Pooling.Kind.maximum, .average] {
      let layer = Pooling(kind, size: size, window: window)
      let found = try layer(input, in: pass)
      let expected = try tape.pool(kind, input, size: size, window: window)
      #expect(found.value.elements() == expected.value.elements())
      #expect(layer.namedParameters().isEmpty)
      let whole = try GlobalPooling(kind)(input, in: pass)
      #expect(whole.shape == [2, 4, 1, 1])
      #expect(whole.value.elements() == (try tape.globalPool(kind, input).value.elements()))
    }
  }

  @Test func flattenKeepsTheBatch() throws {
    let found = try Flatten()(input, in: pass)
    #expect(found.shape == [2, 168])
    #expect(found.value.elements() == input.value.elements())
    #expect(try Flatten()(Variable(.zeros([3])), in: pass).shape == [3, 1])
    let half = try pass.tape.convert(input, to: .bfloat16)
    #expect(try Flatten()(half, in: pass).value.elementType == .bfloat16)
  }

  @Test func residualsAddWhatALayerMakes() throws {
    var random = RandomStream(seed: 3, stream: 1)
    let body = Linear(inputCount: 3, outputCount: 3, random: &random)
    let shortcut = Linear(inputCount: 3, outputCount: 3, hasBias: false, random: &random)
    let rows = Variable(Tensor([5, 3], hashedNumbers(15, seed: 4)))
    let added = try body(rows, in: pass).value.elements()
    let turned = try shortcut(rows, in: pass).value.elements()
    let plain = try Residual(body, relu: false)(rows, in: pass).value.elements()
    #expect(plain == zip(added, rows.value.elements()).map { $0 + $1 })
    let activated = try Residual(body)(rows, in: pass).value.elements()
    #expect(activated == plain.map { max($0, 0) } && activated != plain)
    let whole = Residual(body, shortcut: shortcut, relu: false)
    #expect(try whole(rows, in: pass).value.elements() == zip(added, turned).map { $0 + $1 })
    #expect(
      whole.namedParameters().map(\.name) == ["body.weight", "body.bias", "shortcut.weight"])
    let unlike = Residual(Linear(inputCount: 3, outputCount: 4, random: &random))
    let error = #expect(throws: TensorError.self) { try unlike(rows, in: pass) }
    #expect(error?.description.contains("[5, 4]") == true)
    #expect(error?.description.contains("[5, 3]") == true)
  }

  /// Returns a network known only through its layers.
  private func network() -> Sequential {
    var random = RandomStream(seed: 5, stream: 1)
    func convolution(_ inputs: Int, _ outputs: Int, hasBias: Bool = false) -> Convolution {
      Convolution(
        inputs: inputs, outputs: outputs, size: Extent(3), window: Window(stride: 1, padding: 1),
        hasBias: hasBias, random: &random)
    }
    let block = Residual(
      Sequential([
        ConvNormActivation(convolution(4, 4)),
        ConvNormActivation(convolution(4, 8, hasBias: true), relu: false),
      ]), shortcut: ConvNormActivation(convolution(4, 8), relu: false))
    return Sequential([
      block, BatchNorm(channelCount: 8), GlobalPooling(.average), Flatten(),
      Linear(inputCount: 8, outputCount: 3, random: &random),
    ])
  }

  /// Records the context it is computed in.
  private final class Watcher: Layer {
    var seen: ComputeContext?

    func callAsFunction(_ input: Variable, in pass: ForwardPass) throws(TensorError) -> Variable {
      seen = pass.context
      return input
    }
  }

  @Test func aPredictorKeepsToTheThreadsThatItIsGiven() throws {
    let watcher = Watcher()
    let predictor = Predictor(
      watcher, context: ComputeContext(threadCount: 3, precision: .bfloat16))
    _ = try predictor(input.value)
    #expect(watcher.seen?.threadCount == 3)
    _ = try predictor(input.value, on: ComputeContext(threadCount: 1))
    // The weights were prepared for the predictor's own precision.
    #expect(watcher.seen == ComputeContext(threadCount: 1, precision: .bfloat16))
  }

  @Test func aPredictorComputesWhatTheNetworkDoes() throws {
    let network = network()
    // Statistics and biases that differ from the initial ones.
    _ = try network(input, in: ForwardPass(isTraining: true))
    for (number, (_, parameter)) in network.namedParameters().enumerated()
    where parameter.value.shape.rank == 1 {
      parameter.value = Tensor(
        parameter.value.shape, hashedNumbers(parameter.value.elementCount, seed: UInt64(number)))
    }
    let expected = try network(input, in: pass).value.elements()
    let predictor = Predictor(network)
    func expectAgreement() throws {
      let found = try predictor(input.value).elements()
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "\(found) \(expected)")
      #expect(found.count == expected.count && Set(expected).count > 3)
    }
    try expectAgreement()
    // Training the network further does not affect the predictor.
    _ = try network(input, in: ForwardPass(isTraining: true))
    for (_, parameter) in network.namedParameters() {
      parameter.value = Tensor(parameter.value.shape, repeating: Float(0.5))
    }
    try expectAgreement()
    #expect(try network(input, in: pass).value.elements() != expected)
  }
}
