import Errors
import Foundation
import ImageModels
import Images
import Layers
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

struct ImageNetworkTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Weights bring their own normalisation: a model's, what timm wrote beside them, or ImageNet's.
  @Test func imagesAreNormalisedAsWeightsExpectIt() throws {
    func expected(_ name: String, channels: Int = 3) throws -> Normalization? {
      let path = folder.path(name)
      try SafetensorsWriter.write(
        [OutgoingTensor("conv1.weight", [2], [Float(1), 2])], metadata: ["format": "pt"], to: path)
      return try Normalization.expected(by: SafetensorsFile(path), channels: channels)
    }
    #expect(try expected("model.safetensors") == .imageNet)
    #expect(try expected("model.safetensors", channels: 4) == nil)
    try folder.write(
      #"{"architecture": "resnet18", "pretrained_cfg": {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 1]}}"#,
      to: "config.json")
    let own = Normalization(mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.3, 1])
    #expect(try expected("model.safetensors") == own)
    #expect(try expected("model.safetensors", channels: 1) == nil)
    // It is of the file that timm calls so, and of no other in the folder.
    #expect(try expected("resnet18.safetensors") == .imageNet)
    // One of another program says nothing of it.
    try folder.write(#"{"model_type": "bert"}"#, to: "config.json")
    #expect(try expected("model.safetensors") == .imageNet)
    for text in [
      "{", "[]", #"{"pretrained_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0, 0.5]}}"#,
      #"{"pretrained_cfg": {"mean": [0.5], "std": [0.5, 0.5, 0.5]}}"#,
      #"{"pretrained_cfg": {"mean": ["a"], "std": [1]}}"#,
      "{\"x\": \"" + String(repeating: "x", count: 1 << 20) + "\"}",
    ] {
      try folder.write(text, to: "config.json")
      let error = #expect(throws: ModelFileError.self) { try expected("model.safetensors") }
      #expect(error?.code == .badContents && error?.place.hasSuffix("config.json") == true)
    }
  }

  /// See `fixtures/vision/make_head_golden.py`.
  @Test func theHeadAgreesWithFastai() throws {
    struct Golden: Decodable {
      let names: [String]
      let output: [Double]
    }
    let golden = try JSONDecoder().decode(
      Golden.self,
      from: Data(contentsOf: URL(fileURLWithPath: ProjectFolder.fixture("vision/head.json"))))
    var random = RandomStream(seed: 0, stream: 0)
    let head = ImageHead(featureCount: 6, outputCount: 3, range: -1...2, random: &random)
    let state = Dictionary(uniqueKeysWithValues: head.namedState().map { ($0.name, $0.tensor) })
    #expect(Set(state.keys) == Set(golden.names))
    for (position, name) in golden.names.enumerated() {
      let tensor = try #require(state[name])
      guard tensor.value.elementType == .float32 else { continue }
      let numbers = hashedNumbers(tensor.value.elementCount, seed: UInt64(100 + position))
      tensor.value = Tensor(
        tensor.value.shape, name.hasSuffix("running_var") ? numbers.map { abs($0) + 0.5 } : numbers)
    }
    let features = Tensor([4, 6, 3, 2], hashedNumbers(4 * 6 * 6, seed: 1))
    let output = try head(Variable(features), in: ForwardPass(isTraining: false)).value
    #expect(output.shape == [4, 3])
    #expect(distance(output.elements().map(Double.init), golden.output) < 1e-5)
  }

  @Test(arguments: ResNetVariant.allCases) func groupsHoldEachParameterOnce(
    variant: ResNetVariant
  ) {
    var random = RandomStream(seed: 1, stream: 0)
    let network = ImageNetwork(variant, outputCount: 2, random: &random)
    let groups = network.groups
    #expect(groups.count == 3)
    let ids = groups.flatMap(\.parameters).map(ObjectIdentifier.init)
    let all = network.namedParameters().map { ObjectIdentifier($0.parameter) }
    #expect(ids.count == all.count && Set(ids) == Set(all))
    // The stem begins the first, the third stage the second.
    let names = Dictionary(
      uniqueKeysWithValues: network.namedParameters().map {
        (ObjectIdentifier($0.parameter), $0.name)
      })
    #expect(names[ObjectIdentifier(groups[0].parameters[0])] == "backbone.conv1.weight")
    #expect(names[ObjectIdentifier(groups[1].parameters[0])] == "backbone.layer3.0.conv1.weight")
  }

  @Test func aBackboneComesFromTorchvisionsWeightsWhateverTheHeadAndChannels() throws {
    var random = RandomStream(seed: 2, stream: 0)
    let source = ResNet(.resnet18, classCount: 5, random: &random)
    let path = folder.path("resnet18.safetensors")
    try SafetensorsWriter.write(
      source.namedState().map { name, tensor in
        let value = tensor.value
        return OutgoingTensor(name, value.elementType, value.shape) {
          (stream) throws(ModelFileError) in try stream.append(value)
        }
      }, metadata: [:], to: path)
    let filters = source.namedParameters()[0].parameter.value.elements()
    for channels in 1...5 {
      let network = ImageNetwork(.resnet18, channels: channels, outputCount: 2, random: &random)
      try network.loadBackbone(from: SafetensorsFile(path))
      let found = network.backbone.firstFilters.value.elements()
      for point in 0..<49 {
        let three = (0..<3).map { filters[$0 * 49 + point] }
        let expected: [Float] =
          switch channels {
          case 1: [three[0] + three[1] + three[2]]
          case 2: three.prefix(2).map { $0 * 1.5 }
          default: three + Array(repeating: 0, count: channels - 3)
          }
        #expect((0..<channels).map { found[$0 * 49 + point] } == expected)
      }
      let late = network.namedParameters().first { $0.name == "backbone.layer4.1.conv2.weight" }
      let own = source.namedParameters().first { $0.name == "layer4.1.conv2.weight" }
      #expect(late?.parameter.value.elements() == own?.parameter.value.elements())
    }
    let deeper = ImageNetwork(.resnet34, outputCount: 2, random: &random)
    let before = deeper.backbone.firstFilters.value.elements()
    #expect(throws: ModelFileError.self) { try deeper.loadBackbone(from: SafetensorsFile(path)) }
    #expect(deeper.backbone.firstFilters.value.elements() == before)
  }
}
