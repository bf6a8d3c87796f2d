import Errors
import Evaluation
import Foundation
import ImageModels
import ImageTraining
import Images
import Interpretation
import Layers
import Learning
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

/// Tests whole trainings of small networks on synthetic images.
struct ImageTrainerTests {
  private static let side = 32

  /// Dark noisy images with a bright square at a known place.
  private struct Squares: ImageSource {
    let count: Int
    var colours = 1

    static func place(_ number: Int) -> SIMD2<Int> {
      var random = RandomStream(seed: 9, stream: UInt64(number))
      return SIMD2(Int(random.next(below: 22)), Int(random.next(below: 22)))
    }

    func image(_ number: Int) throws(TrainingError) -> Image {
      var random = RandomStream(seed: 10, stream: UInt64(number))
      let place = Self.place(number)
      let colour = number % colours
      var samples: [UInt8] = []
      for row in 0..<ImageTrainerTests.side {
        for column in 0..<ImageTrainerTests.side {
          let isInside =
            (place.x..<place.x + 10).contains(column) && (place.y..<place.y + 10).contains(row)
          for channel in 0..<3 {
            let bright = isInside && (colours == 1 || channel == colour)
            samples.append(UInt8(random.next(below: 60)) + (bright ? 180 : 0))
          }
        }
      }
      return Image(
        width: ImageTrainerTests.side, height: ImageTrainerTests.side, channels: 3,
        samples: .uint8(samples))
    }
  }

  private func options(_ epochCount: Int) -> ImageTrainingOptions {
    var options = ImageTrainingOptions()
    options.transform = ImageTransform(size: ImageSize(Self.side))
    options.transform.augmentation = .none
    options.transform.augmentation.flip = 0.5
    options.epochCount = epochCount
    options.batchSize = 16
    options.peakRates = .same(3e-3)
    return options
  }

  private func data(_ source: Squares, _ targets: TrainingTargets, _ task: ImageTask)
    -> TrainingImages
  {
    let numbers = Array(0..<source.count)
    let border = source.count * 3 / 4
    return TrainingImages(
      images: source, targets: targets, task: task, training: Array(numbers[..<border]),
      heldOut: Array(numbers[border...]))
  }

  private func colours(_ count: Int) -> TrainingImages {
    data(
      Squares(count: count, colours: 3), .classes((0..<count).map { Int32($0 % 3) }),
      .classify(classes: ["red", "green", "blue"]))
  }

  @Test func learnsClasses() throws {
    var options = options(3)
    options.batchSize = 8
    let course = try ImageTrainer(colours(96), options).fit()
    let losses = course.last.epochs.compactMap(\.trainingLoss)
    // The loss starts at about ln 3.
    #expect(losses.count == 3 && losses[2] < losses[0] && losses[2] < 1)
    #expect(course.earlier.isEmpty && course.keptEpoch == 3)
    #expect(course.kept?.metrics.map(\.name) == ["accuracy", "error_rate"])
  }

  /// An epoch is one step here, so no step's loss shows what the step does to the weights.
  @Test func aTrainingThatDivergesInItsLastStepEndsWithAnError() throws {
    var options = options(1)
    options.batchSize = 72
    options.peakRates = .same(1e38)
    let error = #expect(throws: TrainingError.self) { try ImageTrainer(colours(96), options).fit() }
    #expect(error?.code == .diverged && error?.problem.contains("validation loss") == true)
    #expect(error?.place.contains("epoch 1 of 1") == true)
    #expect(error?.remedy.contains("a tenth of the learning rate") == true)
    // Without a held-out set, the weights themselves are checked.
    let unjudged = TrainingImages(
      images: Squares(count: 72, colours: 3), targets: .classes((0..<72).map { Int32($0 % 3) }),
      task: .classify(classes: ["red", "green", "blue"]), training: Array(0..<72), heldOut: [])
    options.peakRates = .same(1e300)
    let other = #expect(throws: TrainingError.self) { try ImageTrainer(unjudged, options).fit() }
    #expect(other?.code == .diverged && other?.problem.contains("holds") == true)
  }

  @Test func learnsLabelsNumbersAndPoints() throws {
    let places = (0..<32).map { Squares.place($0) }
    let range = try #require(ImageTask.Range(0, 1))
    let cases: [(TrainingTargets, ImageTask, String)] = [
      (
        .numbers(places.flatMap { [$0.x < 11 ? Float(1) : 0, $0.y < 11 ? 1 : 0] }, width: 2),
        .multilabel(labels: ["left", "top"], thresholds: [0.5, 0.5]), "f1_macro"
      ),
      (
        .numbers(places.map { Float($0.y) / 22 }, width: 1),
        .regress(names: ["height"], range: range), "rmse"
      ),
      (
        .points(places.map { SIMD2<Float>(Float($0.x) + 5, Float($0.y) + 5) }, width: 1),
        .points(names: ["middle"]), "rmse"
      ),
    ]
    for (targets, task, metric) in cases {
      let trainer = try ImageTrainer(data(Squares(count: 32), targets, task), options(1))
      let kept = try #require(try trainer.fit().kept)
      #expect(kept.metrics.first?.name == metric && kept.metrics.allSatisfy { $0.value.isFinite })
      let predictions = try trainer.heldOutPredictions()
      #expect(predictions.map(\.shape) == [[8, task.outputCount]])
      if let range = task.outputRange {
        #expect(predictions[0].elements().allSatisfy { range.contains($0) })
      } else {
        #expect(predictions[0].elements().allSatisfy { (0...1).contains($0) })
      }
    }
  }

  /// Calibration increases the likelihood of the held-out labels, and thresholds are the best of those tried.
  @Test func temperaturesAndThresholdsAreFittedOnWhatIsHeldOut() throws {
    let places = (0..<64).map { Squares.place($0) }
    let isTrue = places.map { [$0.x < 11, $0.y < 11, false] }
    let trainer = try ImageTrainer(
      data(
        Squares(count: 64), .numbers(isTrue.flatMap { $0.map { $0 ? 1 : 0 } }, width: 3),
        .multilabel(labels: ["left", "top", "never"], thresholds: [0.5, 0.5, 0.5])), options(2))
    _ = try trainer.fit()
    #expect(trainer.description.calibration == nil)
    try trainer.calibrate()
    #expect(trainer.unsureCount == nil)
    let calibration = try #require(trainer.description.calibration)
    let overall = try #require(calibration.overallThreshold)
    guard case .multilabel(_, let thresholds) = trainer.description.task else {
      throw CalibrationLost()
    }
    // No held-out image has the last label, so it uses the overall threshold.
    #expect(thresholds[2] == overall)
    let raw = try trainer.heldOutPredictions().flatMap { $0.elements() }.map(Double.init)
    let truth = Array(isTrue[48...])
    func loss(_ label: Int, over temperature: Double) -> Double {
      (0..<16).reduce(0) { sum, image in
        let logit = log(raw[image * 3 + label] / (1 - raw[image * 3 + label])) / temperature
        return sum + log(1 + exp(truth[image][label] ? -logit : logit))
      } + pow(log(temperature), 2) / 2
    }
    func f1(_ label: Int, over threshold: Double) -> Double {
      let temperature = Double(calibration.temperatures[label])
      let given = (0..<16).map { image in
        let logit = log(raw[image * 3 + label] / (1 - raw[image * 3 + label])) / temperature
        return 1 / (1 + exp(-logit)) > threshold
      }
      let right = (0..<16).count { given[$0] && truth[$0][label] }
      let wrong = (0..<16).count { given[$0] != truth[$0][label] }
      return right == 0 ? 0 : Double(2 * right) / Double(2 * right + wrong)
    }
    let tried = (0..<29).map { 0.05 + 0.9 * Double($0) / 28 }
    for label in 0..<3 {
      let kept = loss(label, over: Double(calibration.temperatures[label]))
      for other in [0.1, 0.3, 0.7, 1, 1.5, 3, 10] {
        #expect(kept <= loss(label, over: other) + 1e-3)
      }
      guard truth.count(where: { $0[label] }) >= 5 else { continue }
      let best = tried.map { f1(label, over: $0) }.max() ?? 0
      #expect(abs(f1(label, over: Double(thresholds[label])) - best) < 1e-9, "label \(label)")
    }

    let classes = try ImageTrainer(colours(24), options(1))
    _ = try classes.fit()
    try classes.calibrate()
    #expect(classes.description.calibration?.temperatures.count == 1)
    #expect(classes.description.calibration?.overallThreshold == nil)
    let answers = try classes.heldOutPredictions().flatMap { $0.elements() }
    let unsure = stride(from: 0, to: answers.count, by: 3).count {
      (answers[$0..<$0 + 3].max() ?? 0) <= 0.5
    }
    #expect(classes.unsureCount == unsure)
  }

  private struct CalibrationLost: Error {}

  /// Each image's prediction comes from the model trained on all other folds.
  @Test func outOfFoldPredictionsAreThoseOfModelsTrainedOnTheOthers() throws {
    let data = colours(24)
    let folds = [(0..<24).filter { $0 % 2 == 0 }, (0..<24).filter { $0 % 2 == 1 }]
    let table = try OutOfFoldPredictions(data, folds: folds, options(1)).table
    for (fold, others) in zip(folds, folds.reversed()) {
      let trainer = try ImageTrainer(
        TrainingImages(
          images: data.images, targets: data.targets, task: data.task, training: others,
          heldOut: fold), options(1))
      _ = try trainer.fit()
      let expected = try trainer.heldOutPredictions().flatMap { $0.elements() }
      let found = fold.flatMap { Array(table[$0]) }
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 })
    }
  }

  /// Images in no fold are neither trained on nor predicted. Points are in image pixels, wherever the frame lies.
  @Test func outOfFoldPredictionsOfPointsAreInPixelsAndLeaveImagesOut() throws {
    let data = data(
      Squares(count: 24),
      .points(
        (0..<24).map { SIMD2<Float>(Squares.place($0)) + 5 }, width: 1), .points(names: ["middle"]))
    var options = options(1)
    // The enlarged centre of the image; -1 and 1 are its edges.
    options.transform = ImageTransform(size: ImageSize(width: 16, height: 32))
    options.transform.augmentation = .none
    let folds = [[0, 2, 4, 6, 8, 10], [1, 3, 7, 9, 11, 23]]
    let predictions = try OutOfFoldPredictions(data, folds: folds, options)
    #expect(predictions.images == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 23])
    for (fold, others) in zip(folds, folds.reversed()) {
      let trainer = try ImageTrainer(
        TrainingImages(
          images: data.images, targets: data.targets, task: data.task, training: others,
          heldOut: fold), options)
      _ = try trainer.fit()
      let numbers = try trainer.heldOutPredictions().flatMap { $0.elements() }
      for (position, image) in fold.enumerated() {
        let row = try #require(predictions.images.firstIndex(of: image))
        let found = Array(predictions.table[row])
        // 16 of 32 columns are visible, and all rows.
        let expected = [8 + (numbers[2 * position] + 1) * 8, (numbers[2 * position + 1] + 1) * 16]
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 5e-3 }, "\(found), \(expected)")
      }
    }
  }

  /// Altered labels stand out in the predictions of models not trained on those images.
  @Test func outOfFoldPredictionsFindChangedLabels() throws {
    let count = 90
    var labels = (0..<count).map { $0 % 3 }
    let wrong = Set(stride(from: 4, to: count, by: 10))
    for image in wrong { labels[image] = (labels[image] + 1) % 3 }
    var options = options(10)
    options.batchSize = 8
    let data = data(
      Squares(count: count, colours: 3), .classes(labels.map { Int32($0) }),
      .classify(classes: ["red", "green", "blue"]))
    var trained = 0
    let folds = (0..<3).map { fold in (0..<count).filter { $0 / 3 % 3 == fold } }
    let predictions = try OutOfFoldPredictions(
      data, folds: folds, options,
      callbacks: { _ in
        trained += 1
        return []
      })
    #expect(trained == 3 && predictions.table.count == count)
    #expect(predictions.table.values.allSatisfy { $0.isFinite })
    let suspects = LabelErrors(predictions.table, labels: labels).ranked.prefix(2 * wrong.count)
    let found = suspects.count { wrong.contains($0.sample) }
    #expect(found >= 5, "\(found) of \(wrong.count)")
  }

  /// Cancelled in the first and in the second phase.
  @Test(arguments: [3, 6]) func comesToTheSameAcrossAnInterruption(step: Int) throws {
    func trained(
      _ callbacks: [any TrainingCallback] = [], _ store: (any CheckpointStore)? = nil
    ) throws -> ImageTrainer {
      var options = options(2)
      options.earlierSizes = [(ImageSize(24), 2)]
      options.transform.augmentation = Augmentation()
      options.transform.augmentation.crop = RandomResizedCrop(scale: 0.75...1)
      options.mixing = BatchMixing(mixup: 0.4, cutmix: 1)
      let trainer = try ImageTrainer(colours(44), options)
      _ = try trainer.fit(callbacks: callbacks, checkpoints: store)
      return trainer
    }
    func weights(_ trainer: ImageTrainer) -> [[Float]] {
      trainer.network.namedParameters().map { $0.parameter.value.elements() }
    }
    let one = try weights(trained())
    #expect(try weights(trained()) == one)

    let store = MemoryCheckpoints()
    #expect(throws: TrainingError.self) { try trained([StopAtStep(step)], store) }
    #expect(try weights(trained([], store)) == one)
  }

  /// Cancels at a step, counted over all trainings.
  private final class StopAtStep: TrainingCallback {
    private let step: Int
    private var count = 0
    init(_ step: Int) { self.step = step }
    func stepDidEnd(_ progress: TrainingProgress) throws(TrainingError) {
      count += 1
      guard count == step else { return }
      throw TrainingError(.cancelled, "enough", place: "step \(step)", remedy: "Resume.")
    }
  }

  /// Keeps the last state in memory.
  private final class MemoryCheckpoints: CheckpointStore {
    private var state: SavedState?
    func load() throws(TrainingError) -> SavedState? { state }
    func isDue() -> Bool { true }
    func save(_ state: SavedState) throws(TrainingError) { self.state = try state.held() }
  }

  @Test func fineTuningTrainsTheHeadFirst() throws {
    var options = options(1)
    options.freezeEpochCount = 1
    options.peakRates = .same(2e-3)
    let trainer = try ImageTrainer(colours(24), options)
    let course = try trainer.fit()
    #expect(course.earlier.map(\.epochs.count) == [1] && course.last.epochs.count == 1)
  }

  /// Each size is trained in turn, ending with the model's own.
  @Test func smallerImagesComeFirst() throws {
    var options = options(1)
    options.earlierSizes = [(ImageSize(16), 2), (ImageSize(24), 1)]
    options.transform.presize = ImageSize(64)
    let trainer = try ImageTrainer(colours(24), options)
    var phases: [TrainingPhase] = []
    let course = try trainer.fit(phaseWillBegin: { phases.append($0) })
    #expect(phases.map(\.transform.size.width) == [16, 24, 32])
    #expect(phases.map(\.transform.presize.width) == [32, 48, 64])
    #expect(course.earlier.map(\.epochs.count) == [2, 1] && course.last.epochs.count == 1)
    #expect(trainer.description.input.size == ImageSize(32))

    options.freezeEpochCount = 1
    let tuned = try ImageTrainer(colours(24), options).fit()
    #expect(tuned.earlier.map(\.epochs.count) == [1, 2, 1, 1, 1] && tuned.last.epochs.count == 1)
  }

  @Test func theRateIsFoundBeforeAnythingIsLearned() throws {
    let trainer = try ImageTrainer(colours(48), options(1))
    func weights() -> [[Float]] {
      trainer.network.namedParameters().map { $0.parameter.value.elements() }
    }
    let before = weights()
    let rate = try trainer.usefulLearningRate()
    #expect(rate > 1e-6 && rate < 1 && weights() == before)
    #expect(trainer.network.namedParameters().allSatisfy { !$0.parameter.isFrozen })
  }

  @Test func microBatchesAddUpToABatch() throws {
    var options = options(1)
    options.microBatchSize = 6
    let course = try ImageTrainer(colours(24), options).fit()
    #expect(course.last.epochs.count == 1)
  }

  @Test func anImageThatFailsEndsTheTraining() throws {
    let source = CountingSource(count: 40, side: 32, failsAt: 17)
    let data = TrainingImages(
      images: source, targets: .classes((0..<40).map { Int32($0 % 2) }),
      task: .classify(classes: ["a", "b"]), training: Array(0..<40), heldOut: [])
    let error = #expect(throws: TrainingError.self) {
      try ImageTrainer(data, options(1)).fit()
    }
    #expect(error?.place == "image 17" && error?.problem == "broken")
  }

  @Test func aTrainingBecomesAVersionThatPredicts() throws {
    let folder = try TemporaryFolder()
    let registry = ModelRegistry(folder.path("models"), forms: [.image])
    let name = try ModelName("squares")
    let data = colours(32)
    var job = ImageTrainingJob(
      registry: registry, name: name, options: options(1), command: "test", latentVersion: "0")
    job.policy = PublishingPolicy()
    job.judged = JudgedImages { (image, _) throws(TrainingError) in
      DecodedImage(try data.images.image(image))
    }
    job.parameters = ["task": "classify"]
    let outcome = try job.run(data, fingerprint: "f", readingSeconds: 0.5)
    #expect(outcome.run.outcome == .published && outcome.version == 1)
    let versions = registry.versions(of: name)
    #expect(try versions.current() == 1)
    let manifest = try versions.manifest(of: 1)
    #expect(manifest.kind == "resnet18" && manifest.run.counts["images_held_out"] == 8)
    #expect(manifest.run.metrics["accuracy"]?.better == .higher)
    #expect(manifest.run.losses?["resnet18"]?.count == 1)

    let model = try #require(try versions.open(1) as? ImageModel)
    #expect(model.description == outcome.description)
    #expect(model.description.calibration?.temperatures.count == 1)
    let transform = model.description.input
    let workspace = TransformWorkspace()
    let images = Tensor([8, 3, Self.side, Self.side]) { output in
      for (position, number) in data.heldOut.enumerated() {
        guard let image = try? data.images.image(number) else { continue }
        let count = transform.outputCount
        transform.apply(
          transform.fixed(for: image.size), to: image,
          into: UnsafeMutableBufferPointer(
            rebasing: output[position * count..<(position + 1) * count]), workspace)
      }
    }
    let predictions = try model.predictions(for: images).elements()
    let right = data.heldOut.enumerated().count { position, number in
      let row = predictions[position * 3..<position * 3 + 3]
      return row.firstIndex(of: row.max() ?? 0).map { $0 - position * 3 } == number % 3
    }
    #expect(Double(right) / 8 == outcome.run.metrics["accuracy"]?.value)

    // A training on one data set starts from a backbone trained on another.
    var tuned = ImageTrainingJob(
      registry: registry, name: name, options: options(1), command: "test", latentVersion: "0")
    tuned.weightsPath = versions.modelPath(of: 1)
    tuned.options.freezeEpochCount = 1
    #expect(try tuned.run(data, fingerprint: "f", readingSeconds: 0).version == 2)
  }
}
