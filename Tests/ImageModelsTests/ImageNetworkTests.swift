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

  /// Returns the preprocessing expected by the weights called `name`.
  private func expected(_ name: String = "model.safetensors") throws -> PretrainedInput {
    let path = folder.path(name)
    try SafetensorsWriter.write(
      [OutgoingTensor("conv1.weight", [2], [Float(1), 2])], metadata: ["format": "pt"], to: path)
    return try PretrainedInput(of: SafetensorsFile(path))
  }

  /// Weights determine the normalisation: the one in timm's configuration beside them, else ImageNet's.
  @Test func imagesAreNormalisedAsWeightsExpectIt() throws {
    #expect(try expected().normalization(channels: 3) == .imageNet)
    #expect(try expected().normalization(channels: 4) == nil)
    try folder.write(
      #"{"architecture": "resnet18", "pretrained_cfg": {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 1]}}"#,
      to: "config.json")
    let own = Normalization(mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.3, 1])
    #expect(try expected().normalization(channels: 3) == own)
    #expect(try expected().normalization(channels: 1) == nil)
    #expect(try expected().statesNormalization(channels: 3))
    #expect(try !expected().statesNormalization(channels: 1))
    // It describes the file that timm gives this name, and no other in the folder.
    let other = try expected("resnet18.safetensors")
    #expect(other.normalization(channels: 3) == .imageNet && other.configurationPath == nil)
    #expect(!other.statesNormalization(channels: 3))
    // Another program's configuration is ignored.
    for text in [#"{"model_type": "bert", "mean": 3}"#, #"{"pretrained_cfg": null, "mean": 3}"#] {
      try folder.write(text, to: "config.json")
      #expect(try expected().normalization(channels: 3) == .imageNet)
      #expect(try expected().configurationPath == nil)
    }
  }

  /// Both timm's current layout and that of its early releases are read.
  @Test(arguments: [
    #"{"architecture": "resnet18", "num_classes": 1000, "pretrained_cfg": {FIELDS, "num_classes": 1000}}"#,
    #"{"architecture": "resnet18", FIELDS}"#,
  ])
  func imagesAreMadeAsTimmSays(layout: String) throws {
    let fields =
      #""input_size": [3, 224, 192], "crop_pct": 0.95, "interpolation": "bicubic", "crop_mode": "center", "#
      + #""mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 1], "fixed_input_size": false"#
    try folder.write(layout.replacing("FIELDS", with: fields), to: "config.json")
    let input = try expected()
    #expect(input.size == ImageSize(width: 192, height: 224))
    #expect(input.cropShare == 0.95 && input.interpolation == .bicubic)
    #expect(input.normalization(channels: 3)?.mean == [0.5, 0.4, 0.3])
    #expect(input.configurationPath == folder.path("config.json"))
    // torchvision writes no configuration; only ImageNet's normalisation is assumed.
    try FileManager.default.removeItem(atPath: folder.path("config.json"))
    let plain = try expected()
    #expect(plain.size == nil && plain.cropShare == nil && plain.interpolation == nil)
    #expect(plain.configurationPath == nil && plain.normalization(channels: 3) == .imageNet)
  }

  /// A Latent model passes on its resizing and normalisation, but not its image size.
  @Test func imagesAreMadeAsTheModelHasThemThatWeightsAreOf() throws {
    var input = ImageTransform(size: ImageSize(48))
    input.framing = .centerCrop(share: 0.9)
    input.interpolation = .bicubic
    input.normalization = Normalization(mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.3, 1])
    let description = ImageModelDescription(
      task: .classify(classes: ["a", "b"]), backbone: .resnet18, input: input)
    var random = RandomStream(seed: 4, stream: 0)
    let path = folder.path("own.safetensors")
    _ = try ImageModelContents(description, description.network(random: &random)).write(to: path)
    let expected = try PretrainedInput(of: SafetensorsFile(path))
    #expect(expected.size == nil && expected.cropShare == 0.9)
    #expect(expected.interpolation == .bicubic)
    #expect(expected.normalization(channels: 3) == input.normalization)
    #expect(expected.normalization(channels: 1) == nil)
  }

  @Test(arguments: [
    ("{", "JSON"), ("[]", "JSON"),
    (#"{"pretrained_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0, 0.5]}}"#, "mean and std"),
    (#"{"pretrained_cfg": {"mean": [0.5], "std": [0.5, 0.5, 0.5]}}"#, "mean and std"),
    (#"{"pretrained_cfg": {"mean": ["a"], "std": [1]}}"#, "JSON"),
    (#"{"pretrained_cfg": 3}"#, "JSON"),
    ("{\"x\": \"" + String(repeating: "x", count: 1 << 20) + "\"}", "JSON"),
    (#"{"pretrained_cfg": {"crop_pct": 0}}"#, "crop_pct is 0.0"),
    (#"{"pretrained_cfg": {"crop_pct": -0.5}}"#, "crop_pct is -0.5"),
    (#"{"pretrained_cfg": {"crop_pct": NaN}}"#, "JSON"),
    (#"{"architecture": "resnet18", "crop_pct": 7}"#, "crop_pct is 7.0"),
    (#"{"pretrained_cfg": {"crop_mode": "border"}}"#, "crop_mode is 'border'"),
    (#"{"pretrained_cfg": {"interpolation": "lanczos"}}"#, "interpolation is 'lanczos'"),
    (#"{"pretrained_cfg": {"interpolation": ""}}"#, "interpolation is ''"),
    (#"{"pretrained_cfg": {"input_size": [3, 224]}}"#, "input_size"),
    (#"{"pretrained_cfg": {"input_size": [3, 224, 0]}}"#, "input_size"),
    (#"{"pretrained_cfg": {"input_size": [3, 8193, 224]}}"#, "input_size"),
    (#"{"pretrained_cfg": {"input_size": [0, 224, 224]}}"#, "input_size"),
    (#"{"pretrained_cfg": {"input_size": "224"}}"#, "JSON"),
  ])
  func aDescriptionThatCantBeIsNamed(text: String, words: String) throws {
    try folder.write(text, to: "config.json")
    let error = #expect(throws: ModelFileError.self) { try expected() }
    #expect(error?.code == .badContents && error?.place.hasSuffix("config.json") == true)
    #expect(error?.problem.contains(words) == true, "\(error?.problem ?? "")")
    #expect(error?.remedy.contains("rename the weights") == true)
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
    // The first group begins with the stem, the second with the third stage.
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
