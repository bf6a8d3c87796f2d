import Errors
import ImageModels
import Layers
import TensorCore
import TestEnvironment
import Testing

/// Compares ResNets with torchvision's, using the same weights.
struct ResNetTests {
  @Test(arguments: ResNetVariant.allCases)
  func agreesWithTorchvision(_ variant: ResNetVariant) throws {
    let golden = try #require(try ResNetGolden.read(variant))
    let network = try ResNet.hashed(variant, golden)
    let own = network.namedParameters().map(\.name) + network.namedBuffers().map(\.name)
    #expect(Set(own) == Set(golden.names))

    func every40th(_ logits: Tensor) -> [Double] {
      let numbers = logits.elements()
      return stride(from: 0, to: numbers.count, by: 40).map { Double(numbers[$0]) }
    }
    let images = Variable(ResNetGolden.images)
    let predicted = try network(images, in: ForwardPass(isTraining: false)).value
    #expect(predicted.shape == [4, 1000])
    #expect(distance(every40th(predicted), golden.predicted) < 1e-4)
    // Folding batch norm into the convolutions gives the same outputs.
    let predictor = Predictor(network)
    let folded = try predictor(ResNetGolden.images)
    #expect(distance(every40th(folded), golden.predicted) < 1e-4)

    let pass = ForwardPass(isTraining: true)
    let trained = try network(images, in: pass)
    #expect(distance(every40th(trained.value), golden.trained) < 1e-4)
    let weights = Variable(Tensor([4, 1000], hashedNumbers(4000, seed: 9)))
    try pass.computeGradients(of: pass.tape.sum(pass.tape.multiply(trained, weights)))
    let parameters = network.namedParameters()
    #expect(golden.gradients.count == parameters.count)
    let largest = golden.gradients.values.reduce(0) { max($0, $1[1]) }
    for (name, parameter) in parameters {
      let gradient = try #require(parameter.gradient?.tensor, "\(name)")
      let expected = try #require(golden.gradients[name])
      #expect(gradient.shape == parameter.value.shape)
      let found = samples(gradient)
      // Relative to the norm and to the largest element. The gradient of a bias that the next norm cancels is only
      // rounding error; it is compared with the network's largest gradient.
      #expect(
        abs(found[0] - expected[0]) < 2e-4 * max(expected[0], largest / 100),
        "\(name): \(found) \(expected)")
      let bound = 2e-4 * max(expected[1], largest / 100)
      #expect(
        zip(found, expected).dropFirst().allSatisfy { abs($0.0 - $0.1) < bound },
        "\(name): \(found) \(expected)")
    }
    let buffers = Dictionary(
      uniqueKeysWithValues: network.namedBuffers().map { ($0.name, $0.buffer) })
    let mean = try #require(buffers["layer4.0.bn1.running_mean"]).value
    let variance = try #require(buffers["layer4.0.bn1.running_var"]).value
    #expect(distance(samples(mean), golden.runningMean) < 1e-4)
    #expect(distance(samples(variance), golden.runningVariance) < 1e-4)
    let batches = try #require(buffers["bn1.num_batches_tracked"]).value
    #expect(batches.elements(of: Int64.self) == [8])
  }

  @Test(.enabled(if: Precision.bfloat16.isSupported))
  func bfloat16IsNearSinglePrecision() throws {
    let golden = try #require(try ResNetGolden.read(.resnet18))
    let network = try ResNet.hashed(.resnet18, golden)
    let precise = try network(
      Variable(ResNetGolden.images), in: ForwardPass(isTraining: false)
    ).value.elements().map(Double.init)
    let rough = try network(
      Variable(ResNetGolden.images),
      in: ForwardPass(isTraining: false, context: ComputeContext(precision: .bfloat16))
    ).value
    #expect(rough.elementType == .float32)
    let difference = distance(rough.elements().map(Double.init), precise)
    #expect(difference < 0.05 && difference > 1e-6)
    let predictor = Predictor(network, context: ComputeContext(precision: .bfloat16))
    let folded = try predictor(ResNetGolden.images)
    #expect(distance(folded.elements().map(Double.init), precise) < 0.05)

    let pass = ForwardPass(isTraining: true, context: ComputeContext(precision: .bfloat16))
    let logits = try network(Variable(ResNetGolden.images), in: pass)
    let weights = Variable(Tensor([4, 1000], hashedNumbers(4000, seed: 9)))
    try pass.computeGradients(of: pass.tape.sum(pass.tape.multiply(logits, weights)))
    let largest = golden.gradients.values.reduce(0) { max($0, $1[1]) }
    for (name, parameter) in network.namedParameters() {
      #expect(parameter.value.elementType == .float32)
      let gradient = try #require(parameter.gradient?.tensor)
      #expect(gradient.elementType == .float32)
      let expected = try #require(golden.gradients[name])
      let bound = 0.1 * max(expected[0], largest / 10)
      #expect(abs(samples(gradient)[0] - expected[0]) < bound, "\(name)")
    }
  }

  /// Quantized logits differ from torchvision's by a few hundredths of their range. The same images serve for
  /// calibration.
  @Test(arguments: ResNetVariant.allCases) func quantizedPredictionsAreNear(
    _ variant: ResNetVariant
  ) throws {
    let golden = try #require(try ResNetGolden.read(variant))
    let network = try ResNet.hashed(variant, golden)
    let precise = Predictor(network)
    let expected = try precise(ResNetGolden.images).elements().map(Double.init)
    let ranges = try precise.ranges(on: [ResNetGolden.images])
    let quantized = try Predictor(network, quantizedBy: ranges)
    let found = try quantized(ResNetGolden.images)
    #expect(found.elementType == .float32 && found.shape == [4, 1000])
    let difference = distance(found.elements().map(Double.init), expected)
    #expect(difference < 0.1 && difference > 1e-6, "\(difference)")
  }

  @Test func startsAsResNetsDo() {
    var random = RandomStream(seed: 3, stream: 0)
    let network = ResNet(.resnet18, classCount: 10, random: &random)
    let parameters = Dictionary(
      uniqueKeysWithValues: network.namedParameters().map { ($0.name, $0.parameter) })
    // Kaiming normal by fan-out: sqrt(2 / (512 x 3 x 3)).
    let weight = parameters["layer4.1.conv2.weight"]?.value.elements() ?? []
    let deviation = (weight.reduce(0) { $0 + Double($1 * $1) } / Double(weight.count)).squareRoot()
    #expect(abs(deviation / (2.0 / (512 * 9)).squareRoot() - 1) < 0.01)
    #expect(parameters["bn1.weight"]?.value.elements().allSatisfy { $0 == 1 } == true)
    #expect(parameters["bn1.bias"]?.value.elements().allSatisfy { $0 == 0 } == true)
    #expect(parameters["bn1.weight"]?.isDecayed == false)
    #expect(parameters["conv1.weight"]?.isDecayed == true)
    #expect(parameters["fc.weight"]?.value.shape == [10, 512])
  }

  @Test func tooFewChannelsAreRefused() throws {
    var random = RandomStream(seed: 3, stream: 0)
    let network = ResNet(.resnet18, classCount: 10, random: &random)
    let error = #expect(throws: TensorError.self) {
      try network(Variable(.zeros([1, 1, 64, 64])), in: ForwardPass(isTraining: false))
    }
    let text = error?.description ?? ""
    #expect(text.contains("[1, 1, 64, 64]") && text.contains("[64, 3, 7, 7]"), "\(text)")
  }

  /// Runs in its own process because the system memory requested by other tests' tensors is counted too.
  @Test func aTrainingStepRunsInTheMemoryOfTheOneBefore() async {
    await #expect(processExitsWith: .success) {
      var random = RandomStream(seed: 4, stream: 0)
      let network = ResNet(.resnet18, classCount: 10, random: &random)
      let images = Variable(Tensor([2, 3, 128, 128]) { random.fillNormal($0) })
      func step() throws {
        let pass = ForwardPass(isTraining: true)
        let logits = try network(images, in: pass)
        try pass.computeGradients(of: pass.tape.sum(pass.tape.multiply(logits, logits)))
      }
      try step()
      try step()
      let before = TensorMemory.report
      try step()
      let asked = TensorMemory.report.asked - before.asked
      #expect(before.inUse + before.free > 50 << 20)
      #expect(asked < 10 << 20, "\(asked) bytes were asked of the system")
    }
  }
}
