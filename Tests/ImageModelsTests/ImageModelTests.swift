import Errors
import ImageModels
import Images
import Layers
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

/// A model's file: all that is needed to predict is in it, and nothing in it is trusted.
struct ImageModelTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func description(_ task: ImageTask) -> ImageModelDescription {
    var input = ImageTransform(size: ImageSize(width: 40, height: 32), presize: ImageSize(48))
    input.channels = 1
    input.framing = .randomResizedCrop(RandomResizedCrop(scale: 0.3...0.9))
    input.normalization = Normalization(mean: [0.4], deviation: [0.2])
    return ImageModelDescription(task: task, backbone: .resnet18, input: input)
  }

  private func written(_ description: ImageModelDescription) throws -> (ImageNetwork, String) {
    var random = RandomStream(seed: 3, stream: 0)
    let network = description.network(random: &random)
    let path = folder.path("model-\(description.task.name).safetensors")
    _ = try ImageModelContents(description, network).write(to: path)
    return (network, path)
  }

  private let registry = ModelRegistry("unused", forms: [.image])

  @Test func predictsAsTheNetworkThatWasWritten() throws {
    let range = try #require(ImageTask.Range(0, 1))
    let tasks: [ImageTask] = [
      .classify(classes: ["a", "b", "ü"]),
      .multilabel(labels: ["x", "y"], thresholds: [0.5, 0.3]),
      .regress(names: ["defect"], range: range), .points(names: ["eye"]),
    ]
    let images = Tensor([2, 1, 32, 40], hashedNumbers(2 * 32 * 40, seed: 5))
    for task in tasks {
      let description = description(task)
      let (network, path) = try written(description)
      let model = try #require(try registry.open(path) as? ImageModel)
      #expect(model.description == description)
      #expect(model.kind == "resnet18" && model.people == nil)
      try model.verifyContents()
      model.prepare()
      let predictions = try model.predictions(for: images)
      let outputs = try network(Variable(images), in: ForwardPass(isTraining: false)).value
      let expected = try task.predictions(of: outputs)
      #expect(predictions.shape == [2, task.outputCount])
      let pairs = zip(predictions.elements(), expected.elements())
      #expect(pairs.allSatisfy { abs($0 - $1) < 1e-4 }, "\(task.name)")
      if case .classify = task {
        #expect(abs(predictions.elements().prefix(3).reduce(0, +) - 1) < 1e-5)
      }
    }
  }

  @Test func weightsThatAreNoNumbersAreFound() throws {
    let (network, path) = try written(description(.classify(classes: ["a", "b"])))
    let bad = try #require(network.namedBuffers().first { $0.name.hasSuffix("running_var") })
    bad.buffer.value = Tensor(bad.buffer.value.shape, repeating: Float(-1))
    let other = path + ".bad.safetensors"
    _ = try ImageModelContents(description(.classify(classes: ["a", "b"])), network)
      .write(to: other)
    let error = #expect(throws: ModelFileError.self) {
      try registry.open(other).verifyContents()
    }
    #expect(error?.code == .badContents && error?.description.contains(bad.name) == true)
  }

  @Test func aFileWithoutItsWeightsAnswersWithAnError() throws {
    let path = folder.path("empty.safetensors")
    let (_, whole) = try written(description(.classify(classes: ["a", "b"])))
    let metadata = try SafetensorsFile(whole).metadata
    try SafetensorsWriter.write([], metadata: metadata, to: path)
    let model = try #require(try registry.open(path) as? ImageModel)
    model.prepare()
    let error = #expect(throws: ModelFileError.self) {
      try model.predictions(for: .zeros([1, 1, 32, 40]))
    }
    #expect(error?.code == .wrongTensor)
  }

  @Test func whatAFileSaysOfItselfIsNotTrusted() throws {
    let (_, whole) = try written(description(.classify(classes: ["a", "b"])))
    let metadata = try SafetensorsFile(whole).metadata
    let key = "latent.image_model"
    let text = try #require(metadata[key])
    let changes: [(String, String)] = [
      (#""width":40"#, #""width":0"#), (#""width":40"#, #""width":1000000000"#),
      (#""channels":1"#, #""channels":3"#), (#""channels":1"#, #""channels":-1"#),
      (#"["a","b"]"#, "[]"), (#"["a","b"]"#, #"["a","a"]"#),
      (#""deviation":["#, #""deviation":[1,"#), (#""backbone":"resnet18""#, #""backbone":"vgg""#),
      ("{", ""),
    ]
    for (from, to) in changes {
      var changed = metadata
      let new = text.replacing(from, with: to, maxReplacements: 1)
      #expect(new != text, "\(from) is not in \(text)")
      changed[key] = new
      let path = folder.path("changed.safetensors")
      try SafetensorsWriter.write([], metadata: changed, to: path)
      let error = #expect(throws: ModelFileError.self, "\(from) to \(to)") {
        try registry.open(path)
      }
      #expect(error?.code == .badContents)
    }
    var newer = metadata
    newer["latent.format"] = "2"
    let path = folder.path("newer.safetensors")
    try SafetensorsWriter.write([], metadata: newer, to: path)
    #expect(throws: ModelFileError.self) { try registry.open(path) }
  }
}
