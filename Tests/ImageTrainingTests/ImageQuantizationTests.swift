import Errors
import Evaluation
import ImageModels
import ImageTraining
import Images
import Layers
import Learning
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

/// Tests versions quantized to 8-bit integers.
struct ImageQuantizationTests {
  private static let side = 32
  private let folder: TemporaryFolder
  private let registry: ModelRegistry
  private let name: ModelName

  init() throws {
    folder = try TemporaryFolder()
    registry = ModelRegistry(folder.path("models"), forms: [.image])
    name = try ModelName("colours")
  }

  /// Noisy images, each in one of three colours.
  private struct Colours: ImageSource {
    let count: Int

    func image(_ number: Int) throws(TrainingError) -> Image {
      var random = RandomStream(seed: 10, stream: UInt64(number))
      let samples = (0..<side * side * 3).map { sample in
        UInt8(random.next(below: 120)) + (sample % 3 == number % 3 ? 100 : 0)
      }
      return Image(width: side, height: side, channels: 3, samples: .uint8(samples))
    }
  }

  private let data = TrainingImages(
    images: Colours(count: 96), targets: .classes((0..<96).map { Int32($0 % 3) }),
    task: .classify(classes: ["red", "green", "blue"]), training: Array(0..<72),
    heldOut: Array(72..<96))

  private var images: JudgedImages {
    let source = data.images
    return JudgedImages { (image, _) throws(TrainingError) in
      DecodedImage(try source.image(image))
    }
  }

  /// Trains version 1.
  private func train() throws {
    var options = ImageTrainingOptions()
    options.transform = ImageTransform(size: ImageSize(Self.side))
    options.epochCount = 3
    options.batchSize = 8
    options.peakRates = .same(3e-3)
    let job = ImageTrainingJob(
      registry: registry, name: name, options: options, command: "latent images train",
      latentVersion: "test")
    _ = try job.run(data, fingerprint: "f", readingSeconds: 0)
  }

  private func job(version: Int = 1, mostLoss: Double = 0.5) -> ImageQuantizationJob {
    var job = ImageQuantizationJob(
      registry: registry, name: name, version: version, command: "latent images quantize",
      latentVersion: "test")
    job.imageCount = 20
    job.mostLoss = mostLoss
    job.publishes = true
    return job
  }

  @Test func predictsNearlyTheSameAndIsJudgedBesideWhatItIsMadeOf() throws {
    try train()
    let outcome = try job().run(data, images, fingerprint: "f")
    let versions = registry.versions(of: name)
    #expect(outcome.run.outcome == .published && outcome.version == 2)
    #expect(try versions.current() == 2)
    try versions.verify(2)
    let plain = try #require(try versions.open(1) as? ImageModel)
    let quantized = try #require(try versions.open(2) as? ImageModel)
    let ranges = try #require(quantized.description.quantization)
    #expect(plain.description.quantization == nil && ranges.count == 20)
    #expect(ranges.keys.contains("backbone.layer1.0.conv1.weight"))
    #expect(outcome.run.parameters["quantized-from"] == "1")
    #expect(outcome.run.parameters["calibration-images"] == "20")
    #expect(outcome.reports.map(\.name) == ["float32", "int8"])
    #expect(
      outcome.run.metrics["float32.accuracy"]?.value == outcome.reports[0][.accuracy])
    #expect(outcome.run.metrics["accuracy"]?.value == outcome.reports[1][.accuracy])

    let inputs = try data.heldOut.map {
      try ModelInput(DecodedImage(data.images.image($0)), for: plain, named: "\($0)")
    }
    let context = ComputeContext(threadCount: 1)
    let before = try plain.answers(for: inputs, on: context)
    let after = try quantized.answers(for: inputs, on: context)
    let differences = zip(before, after).flatMap { zip($0.values, $1.values).map { abs($0 - $1) } }
    // Quantized answers differ from single precision ones, but not by much.
    #expect(differences.max() ?? 1 < 0.1 && differences.max() ?? 0 > 0)
  }

  @Test func whatLosesTooMuchIsWrittenAndNotServed() throws {
    try train()
    try registry.versions(of: name).promote(1)
    let outcome = try job(mostLoss: -1).run(data, images, fingerprint: "f")
    #expect(
      outcome.run.outcome == .refused && outcome.run.note.contains("the limit is 100.00 %"))
    #expect(try registry.versions(of: name).current() == 1)
    // The quantized version is written anyway, and can't be quantized again.
    let error = #expect(throws: TrainingError.self) {
      try job(version: 2).run(data, images, fingerprint: "f")
    }
    #expect(error?.code == .badOption && error?.place == "version 2")
  }

  /// As for a training compared with the model in service, a handful of images does not suffice for publishing without
  /// `isForced`.
  @Test func whatAHandfulOfImagesTellsPutsNothingInService() throws {
    try train()
    func outcome(heldOut: Int, _ change: (inout ImageQuantizationJob) -> Void = { _ in })
      throws -> TrainingRun
    {
      let held = TrainingImages(
        images: data.images, targets: data.targets, task: data.task, training: data.training,
        heldOut: Array(data.heldOut.prefix(heldOut)))
      var job = job(mostLoss: 1)
      change(&job)
      return try job.run(held, images, fingerprint: "f").run
    }
    let few = try outcome(heldOut: 9)
    #expect(
      few.outcome == .refused && few.note.contains("accuracy is measured on 9 images"),
      "\(few.note)")
    // The version is written anyway, as is one that is not to be published.
    #expect(try outcome(heldOut: 9) { $0.publishes = false }.outcome == .written)
    let versions = registry.versions(of: name)
    #expect(try versions.current() == nil && versions.all() == [1, 2, 3])
    let forced = try outcome(heldOut: 9) { $0.isForced = true }
    #expect(forced.outcome == .published && forced.overruled?.count == 1)
    #expect(forced.publishing == ["publish": "true", "force": "true"])
    let enough = try outcome(heldOut: 10)
    #expect(enough.outcome == .published && enough.overruled == nil)
    #expect(try versions.current() == 5)
  }

  @Test func aLossIsAShareOfTheFigureAndNoNumberIsNone() {
    func loss(_ before: Double?, _ after: Double?, _ metric: Metric = .accuracy) -> Double? {
      ImageQuantizationJob.loss(from: before, to: after, by: metric)
    }
    func isNear(_ found: Double?, _ expected: Double) -> Bool {
      found.map { abs($0 - expected) < 1e-12 } ?? false
    }
    #expect(isNear(loss(0.8, 0.6), 0.25) && isNear(loss(0.8, 0.9), -0.125))
    // For errors, higher is worse.
    #expect(isNear(loss(0.5, 0.6, .crossEntropy), 0.2) && isNear(loss(0.5, 0.4, .numbersMAE), -0.2))
    #expect(loss(0, 0) == 0 && loss(0, 0.1, .crossEntropy) == 1 && loss(0, 0.1) == 0)
    for (before, after) in [(0.5, .nan), (.nan, 0.5), (0.5, .infinity), (nil, 0.5), (0.5, nil)]
      as [(Double?, Double?)]
    {
      #expect(loss(before, after) == nil)
    }
  }

  @Test func imagesThatTellNothingAreRefused() throws {
    try train()
    func refused(_ training: [Int], _ heldOut: [Int], _ task: ImageTask? = nil) -> TrainingError? {
      let data = TrainingImages(
        images: data.images,
        targets: task == nil
          ? data.targets
          : .numbers(
            (0..<data.images.count).flatMap { [Float($0 % 2), 0, 0] }, width: 3),
        task: task ?? data.task, training: training, heldOut: heldOut)
      return #expect(throws: TrainingError.self) {
        try job().run(data, images, fingerprint: "f")
      }
    }
    #expect(refused([], [1, 2])?.place == "images")
    #expect(refused([1, 2], [])?.place == "images")
    let labels = ImageTask.multilabel(
      labels: data.task.outputNames, thresholds: [0.5, 0.5, 0.5])
    #expect(refused([1, 2], [3], labels)?.problem.contains("do not fit") == true)
    // With classes that the model has not learned, its figures would be meaningless and could not get worse.
    let others = TrainingImages(
      images: data.images, targets: data.targets,
      task: .classify(classes: ["red", "green", "violet"]), training: data.training,
      heldOut: data.heldOut)
    let error = #expect(throws: TrainingError.self) {
      try job().run(others, images, fingerprint: "g")
    }
    #expect(error?.code == .badData && error?.problem.contains("'violet'") == true)
    #expect(try registry.versions(of: name).all() == [1])
  }

  /// Only finite filters can be quantized, not those of a damaged file or those that overflow when folded with their
  /// norm.
  @Test func filtersThatAreNoNumbersAreAnError() throws {
    try train()
    let versions = registry.versions(of: name)
    _ = try job().run(data, images, fingerprint: "f")
    let quantized = try #require(try versions.open(2) as? ImageModel)
    let first = (filters: "backbone.conv1.weight", norm: "backbone.bn1.weight")
    func answer(_ changes: [(name: String, value: Float)]) throws {
      let network = try quantized.network()
      for (name, parameter) in network.namedParameters() {
        guard let value = changes.first(where: { $0.name == name })?.value else { continue }
        var numbers = parameter.value.elements()
        numbers[0] = value
        parameter.value = Tensor(parameter.value.shape, numbers)
      }
      let path = folder.path("damaged.safetensors")
      _ = try ImageModelContents(quantized.description, network).write(to: path)
      let model = try ImageModel(SafetensorsFile(path))
      model.prepare()
      _ = try model.predictions(for: .zeros([1, 3, Self.side, Self.side]))
      try model.verifyContents()
    }
    for value in [Float.nan, .infinity] {
      let error = #expect(throws: ModelFileError.self) { try answer([(first.filters, value)]) }
      #expect(error?.code == .badContents)
    }
    let error = #expect(throws: ModelFileError.self) {
      try answer([(first.filters, 3e38), (first.norm, 3e38)])
    }
    #expect(error?.code == .badContents)
    // Tiny filters are quantized to zero.
    let tiny = Float.leastNonzeroMagnitude * 7
    try answer([(first.filters, tiny), (first.norm, tiny)])
  }

  /// Images with other channels than the model's are named, whether used for calibration or held out.
  @Test func imagesOfOtherChannelsAreNamed() throws {
    try train()
    let source = data.images
    for number in [data.training[0], data.heldOut[0]] {
      let images = JudgedImages(names: (0..<96).map { "photo \($0)" }) {
        (image, _) throws(TrainingError) in
        let plain = try source.image(image)
        return DecodedImage(image == number ? plain.keeping(channels: [0, 1, 2, 0]) : plain)
      }
      let error = #expect(throws: TrainingError.self) {
        try job().run(data, images, fingerprint: "f")
      }
      #expect(error?.code == .badData)
      if data.training[0] == number {
        #expect(
          error?.description.contains("photo \(number)") == true, "\(String(describing: error))")
      }
    }
  }

  @Test func aFileWithOtherRangesIsRefused() throws {
    try train()
    let plain = try #require(try registry.versions(of: name).open(1) as? ImageModel)
    func opened(_ ranges: [String: ActivationRange]) throws -> ImageModel {
      var description = plain.description
      description.quantization = ranges
      let path = folder.path("other.safetensors")
      _ = try ImageModelContents(description, plain.network()).write(to: path)
      return try ImageModel(SafetensorsFile(path))
    }
    let unknown = try opened(["conv1.weight": ActivationRange(input: 1, output: 1)])
    let error = #expect(throws: ModelFileError.self) {
      try unknown.predictions(for: .zeros([1, 3, Self.side, Self.side]))
    }
    #expect(error?.code == .badContents)
    // It is also found before publishing.
    #expect(throws: ModelFileError.self) { try unknown.verifyContents() }
    #expect(throws: ModelFileError.self) {
      try opened(["conv1.weight": ActivationRange(input: 0, output: 1)])
    }
  }
}
