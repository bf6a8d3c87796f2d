import Errors
import Foundation
import ImageModels
import Images
import Layers
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

/// Tests the model file: it contains everything needed to predict, and nothing in it is trusted.
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

  @Test func probabilitiesAreThoseOverTheTemperaturesThatAreKept() throws {
    let images = Tensor([2, 1, 32, 40], hashedNumbers(2 * 32 * 40, seed: 6))
    let tasks: [(ImageTask, ImageCalibration)] = [
      (.classify(classes: ["a", "b", "c"]), ImageCalibration(temperatures: [2.5])),
      (
        .multilabel(labels: ["x", "y"], thresholds: [0.4, 0.2]),
        ImageCalibration(temperatures: [0.5, 3], overallThreshold: 0.3)
      ),
    ]
    for (task, calibration) in tasks {
      var description = description(task)
      description.calibration = calibration
      let (network, path) = try written(description)
      let model = try ImageModel(SafetensorsFile(path))
      #expect(model.description == description)
      let found = try model.predictions(for: images).elements().map(Double.init)
      let logits = try network(Variable(images), in: ForwardPass(isTraining: false)).value
        .elements().map(Double.init)
      let width = task.outputCount
      let powers = logits.enumerated().map { place, logit in
        exp(
          logit / Double(calibration.temperatures[place % width % calibration.temperatures.count]))
      }
      for (place, power) in powers.enumerated() {
        let row = powers[place / width * width..<(place / width + 1) * width]
        let expected =
          if case .classify = task {
            power / row.reduce(0, +)
          } else {
            power / (1 + power)
          }
        #expect(abs(found[place] - expected) < 1e-4, "\(task.name) \(place)")
      }
    }
  }

  /// Older formats are read unchanged: format 1 predates calibrations, format 2 kept channels and format 3
  /// interpolations.
  @Test(arguments: ["1", "2", "3"]) func filesOfOlderFormatsAnswerAsTheyDid(format: String) throws {
    let description = description(.multilabel(labels: ["x", "y"], thresholds: [0.5, 0.5]))
    let (_, path) = try written(description)
    let now = try SafetensorsFile(path)
    var metadata = now.metadata
    #expect(metadata["latent.format"] == "4")
    metadata["latent.format"] = format
    let text = try #require(metadata["latent.image_model"])
    #expect(!text.contains("calibration") && !text.contains("keptChannels"))
    #expect(!text.contains("interpolation"))
    let old = folder.path("old.safetensors")
    try SafetensorsWriter.write(
      now.tensorNames.sorted().compactMap { name in
        now.tensor(named: name).map { stored in
          OutgoingTensor(name, stored.elementType, stored.shape) {
            (stream) throws(ModelFileError) in try stream.append(stored.tensor())
          }
        }
      }, metadata: metadata, to: old)
    let images = Tensor([1, 1, 32, 40], hashedNumbers(32 * 40, seed: 6))
    let model = try ImageModel(SafetensorsFile(old))
    #expect(model.description == description && model.description.calibration == nil)
    let answers = try model.predictions(for: images).elements()
    #expect(try answers == ImageModel(now).predictions(for: images).elements())
  }

  /// The plain image counts a quarter. The mean over augmented images, here identical mirror images, counts three
  /// quarters.
  @Test func augmentedAnswersAreAQuarterPlain() throws {
    var description = description(.classify(classes: ["a", "b", "c"]))
    description.input.framing = .crop
    description.input.presize = description.input.size
    description.input.augmentation = .none
    description.input.augmentation.flip = 1
    let (_, path) = try written(description)
    let model = try #require(try registry.open(path) as? ImageModel)
    let (width, height) = (40, 32)
    let numbers = hashedNumbers(width * height, seed: 9)
    func input(mirrored: Bool) throws -> ModelInput {
      try ModelInput(
        DecodedImage(
          Image(
            width: width, height: height, channels: 1,
            samples: .float32(
              numbers.indices.map { place in
                let (row, column) = place.quotientAndRemainder(dividingBy: width)
                return numbers[row * width + (mirrored ? width - 1 - column : column)]
              }))), for: model, named: "one")
    }
    let context = ComputeContext(threadCount: 1)
    let plain = try model.answers(
      for: [try input(mirrored: false), try input(mirrored: true)], on: context)
    #expect(plain[0] != plain[1])
    for count in [1, 3] {
      let found = try model.answers(
        for: [input(mirrored: false)], augmentedCount: count, on: context)[0].values
      for (place, value) in found.enumerated() {
        let expected = 0.25 * plain[0].values[place] + 0.75 * plain[1].values[place]
        #expect(abs(value - expected) < 1e-5)
      }
    }
    // Crops are enlarged, so their source is decoded at a larger size.
    description.input.framing = .randomResizedCrop(RandomResizedCrop())
    let (_, cropping) = try written(description)
    let cropped = try ImageModel(SafetensorsFile(cropping))
    // 8 % of the area, in a crop with an aspect ratio of 4/3, must fill 40 pixels.
    #expect(cropped.minimumSide(augmented: true) == 164)
    #expect(cropped.minimumSide() == 48)
    description.input.framing = .crop
    // Answers do not depend on the rest of the batch, even if augmented versions differ.
    description.input.augmentation = Augmentation()
    let (_, other) = try written(description)
    let varied = try #require(try registry.open(other) as? ImageModel)
    let alone = try varied.answers(
      for: [input(mirrored: false)], augmentedCount: 2, on: context)[0].values
    let beside = try varied.answers(
      for: [input(mirrored: true), input(mirrored: false)], augmentedCount: 2, on: context)[1]
      .values
    #expect(zip(alone, beside).allSatisfy { abs($0 - $1) < 1e-5 })
    let single = try varied.answers(for: [input(mirrored: false)], on: context)[0].values
    #expect(zip(alone, single).contains { abs($0 - $1) > 1e-4 })
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
    // The model does not answer either.
    let model = try ImageModel(SafetensorsFile(other))
    let answer = #expect(throws: ModelFileError.self) {
      try model.predictions(for: .zeros([1, 1, 32, 40]))
    }
    #expect(answer == error)
  }

  /// A model that uses some of a file's channels selects them itself, in its own order.
  @Test func channelsThatAreKeptArePickedFromFiles() throws {
    func model(keeping kept: [Int]?, _ count: Int) throws -> ImageModel {
      var description = description(.classify(classes: ["a", "b", "c"]))
      description.keptChannels = kept
      description.input.channels = count
      description.input.normalization = nil
      let (_, path) = try written(description)
      let model = try ImageModel(SafetensorsFile(path))
      #expect(model.description.keptChannels == kept)
      return model
    }
    let numbers = hashedNumbers(40 * 32 * 3, seed: 12)
    func image(of channels: [Int]) -> Image {
      Image(
        width: 40, height: 32, channels: channels.count,
        samples: .float32(
          (0..<40 * 32).flatMap { pixel in channels.map { numbers[pixel * 3 + $0] } }))
    }
    func answer(_ model: ImageModel, _ image: Image) throws -> ImageAnswer {
      let input = model.inputs(named: ["x"], on: .current) { _, _ in DecodedImage(image) }[0]
      return try model.answers(for: [input.get()], on: .current)[0]
    }
    for kept in [[2, 0], [1], [2, 1, 0]] {
      let plain = try answer(model(keeping: nil, kept.count), image(of: kept))
      let model = try model(keeping: kept, kept.count)
      let found = try answer(model, image(of: [0, 1, 2]))
      #expect(zip(found.values, plain.values).allSatisfy { abs($0 - $1) < 1e-5 }, "\(kept)")
      #expect(model.facts.contains { $0.name == "channels" && $0.wording != nil })
      let error = #expect(throws: ImageError.self) { try answer(model, image(of: [0])) }
      #expect(
        error?.code == .unsupported
          && error?.description.contains(kept.map(String.init).joined(separator: ", ")) == true)
    }
  }

  /// The caller controls threads and memory.
  @Test func predictionsKeepToTheContext() throws {
    let (_, path) = try written(description(.classify(classes: ["a", "b"])))
    let model = try ImageModel(SafetensorsFile(path))
    let image = Image(
      width: 40, height: 32, channels: 1, samples: .float32(hashedNumbers(40 * 32, seed: 3)))
    let input = try ModelInput(DecodedImage(image), for: model, named: "x")
    _ = try model.answers(for: [input], on: ComputeContext(threadCount: 1))
    #expect(throws: ModelFileError.self) {
      try model.answers(for: [input], on: ComputeContext(threadCount: 1, memoryLimit: 1))
    }
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
      ("{", ""), (#"{"backbone""#, #"{"calibration":{"temperatures":[]},"backbone""#),
      (#"{"backbone""#, #"{"calibration":{"temperatures":[0]},"backbone""#),
      (#"{"backbone""#, #"{"calibration":{"temperatures":[1],"overallThreshold":7},"backbone""#),
      (#"{"backbone""#, #"{"keptChannels":[0,1],"backbone""#),
      (#"{"backbone""#, #"{"keptChannels":[-1],"backbone""#),
      (#"{"backbone""#, #"{"keptChannels":[4096],"backbone""#),
      // 256 MiB each.
      (#"{"height":32,"width":40}"#, #"{"height":8192,"width":8192}"#),
      (#"{"height":48,"width":48}"#, #"{"height":8192,"width":8192}"#),
      (#""lighting":0.2"#, #""lighting":2"#), (#""rotation":10"#, #""rotation":1e300"#),
      (#""scale":[0.3,"#, #""scale":[-0.3,"#), (#""scale":[0.3,"#, #""scale":[1e-300,"#),
      (#""ratio":[0.75,"#, #""ratio":[-0.75,"#), (#""ratio":[0.75,"#, #""ratio":[1e-300,"#),
      (
        #""augmentation":{"#,
        #""augmentation":{"crop":{"ratio":[1,1],"scale":[0,1]},"#
      ),
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
    newer["latent.format"] = "5"
    let path = folder.path("newer.safetensors")
    try SafetensorsWriter.write([], metadata: newer, to: path)
    #expect(throws: ModelFileError.self) { try registry.open(path) }
  }
}

/// What a model answers for images that were decoded for it.
struct ImageAnswerTests {
  @Test func answersAreThePredictionsOfEachImageAndPointsArePixelsOfTheFile() throws {
    let folder = try TemporaryFolder()
    let names = ["eye", "ear"]
    for task in [ImageTask.classify(classes: names), .points(names: names)] {
      var input = ImageTransform(size: ImageSize(32))
      input.framing = .squish
      input.channels = 1
      let description = ImageModelDescription(task: task, backbone: .resnet18, input: input)
      var random = RandomStream(seed: 4, stream: 0)
      let network = description.network(random: &random)
      let path = folder.path("\(task.name).safetensors")
      _ = try ImageModelContents(description, network).write(to: path)
      let model = try ImageModel(SafetensorsFile(path))
      let sizes = [
        ImageSize(width: 64, height: 40), ImageSize(32), ImageSize(width: 33, height: 70),
      ]
      let inputs = try sizes.enumerated().map { number, size in
        try ModelInput(
          DecodedImage(
            Image(
              width: size.width, height: size.height, channels: 1,
              samples: .float32(hashedNumbers(size.width * size.height, seed: UInt64(number)))),
            fileWidth: 2 * size.width, fileHeight: 3 * size.height),
          for: model, named: "\(number)")
      }
      let answers = try model.answers(for: inputs, on: ComputeContext(threadCount: 2))
      #expect(answers.count == 3)
      for (input, answer) in zip(inputs, answers) {
        let alone = try model.answers(for: [input], on: ComputeContext(threadCount: 1))[0]
        #expect(zip(alone.values, answer.values).allSatisfy { abs($0 - $1) < 1e-3 })
        let image = Tensor([1, 1, 32, 32]) { output in
          input.image.withTransform(input: description.input, output)
        }
        let raw = try model.predictions(for: image).elements()
        guard case .points = task else {
          #expect(zip(alone.values, raw).allSatisfy { abs($0 - $1) < 1e-4 })
          #expect(alone.likeliest == (raw[0] >= raw[1] ? 0 : 1))
          continue
        }
        for place in 0..<4 {
          let length = Float(place % 2 == 0 ? input.fileSize.width : input.fileSize.height)
          #expect(abs(alone.values[place] - (raw[place] + 1) / 2 * length) < 1e-2)
        }
      }
    }
  }

  @Test func labelsAreThoseOverTheirThresholdsTheLikeliestFirst() {
    let answer = ImageAnswer(values: [0.2, 0.7, 0.7, 0.31])
    #expect(answer.given(over: [0.5, 0.5, 0.5, 0.3]) == [1, 2, 3])
    #expect(answer.given(over: [0.9, 0.9, 0.9, 0.31]) == [])
    #expect(answer.likeliest == 1)
  }
}

extension Image {
  /// Writes the image as a model's transform makes it.
  fileprivate func withTransform(
    input: ImageTransform, _ output: UnsafeMutableBufferPointer<Float>
  ) {
    input.apply(input.fixed(for: size), to: self, into: output, TransformWorkspace())
  }
}
