import Errors
import ImageModels
import Layers
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

/// Tests loading weights: all mismatches are listed, and then nothing has changed.
struct ParameterLoadingTests {
  private let names: [String]
  private let network: ResNet
  private let folder: TemporaryFolder

  init() throws {
    names = try #require(try ResNetGolden.read(.resnet18)).names
    var random = RandomStream(seed: 1, stream: 0)
    network = ResNet(.resnet18, classCount: 10, random: &random)
    folder = try TemporaryFolder()
  }

  private func file(_ tensors: [OutgoingTensor]) throws -> SafetensorsFile {
    let path = folder.path("weights.safetensors")
    try SafetensorsWriter.write(tensors, metadata: [:], to: path)
    return try SafetensorsFile(path)
  }

  @Test func everythingThatDoesNotFitIsListed() throws {
    var tensors = network.hashedTensors(names).filter { $0.name != "layer2.0.bn1.running_var" }
    tensors.removeAll { ["conv1.weight", "bn1.bias"].contains($0.name) }
    tensors.append(OutgoingTensor("conv1.weight", [64, 1, 7, 7], hashedNumbers(64 * 49, seed: 1)))
    tensors.append(OutgoingTensor("bn1.bias", [64], [Int64](repeating: 0, count: 64)))
    tensors.append(OutgoingTensor("classifier.weight", [2], [Float(1), 2]))
    let file = try file(tensors)
    let before = network.namedParameters().map { $0.parameter.value.elements() }
    let error = #expect(throws: ModelFileError.self) {
      try ParameterLoading.load(network, from: file)
    }
    #expect(error?.code == .wrongTensor)
    let text = error?.description ?? ""
    for part in [
      "'conv1.weight' has the shape [64, 1, 7, 7] and should have [64, 3, 7, 7]",
      "'bn1.bias' holds I64 and should hold F32", "'layer2.0.bn1.running_var' is missing",
      "'classifier.weight' is unknown",
    ] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
    #expect(network.namedParameters().map { $0.parameter.value.elements() } == before)
  }

  @Test func aHeadOfOtherClassesCanBeLeftOut() throws {
    var random = RandomStream(seed: 2, stream: 0)
    let other = ResNet(.resnet18, classCount: 7, random: &random)
    let file = try file(network.hashedTensors(names))
    #expect(throws: ModelFileError.self) { try ParameterLoading.load(other, from: file) }
    let head = other.head.weight.value.elements()
    try ParameterLoading.load(other, from: file, skipping: ["fc."])
    #expect(other.head.weight.value.elements() == head)
    let loaded = other.namedParameters().first { $0.name == "conv1.weight" }?.parameter.value
    #expect(loaded?.elements().prefix(3).map(\.bitPattern) == expectedStart)
  }

  /// The first elements of `conv1.weight`, which has index 0.
  private var expectedStart: [UInt32] {
    hashedNumbers(3, seed: 100).map { ($0 * (Float(6) / (64 * 49)).squareRoot()).bitPattern }
  }
}
