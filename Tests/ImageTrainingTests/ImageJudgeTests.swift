import Errors
import Evaluation
import Foundation
import ImageModels
import ImageTraining
import Images
import Layers
import Learning
import ModelRegistry
import Synchronization
import TensorCore
import TestEnvironment
import Testing

/// Tests which image models may be published.
struct ImageJudgeTests {
  private static let side = 32
  private let folder: TemporaryFolder
  private let registry: ModelRegistry
  private let name: ModelName

  init() throws {
    folder = try TemporaryFolder()
    registry = ModelRegistry(folder.path("models"), forms: [.image])
    name = try ModelName("shades")
  }

  /// Grey images, brighter for higher numbers.
  private struct Shades: ImageSource {
    let count: Int

    func image(_ number: Int) throws(TrainingError) -> Image {
      Image(
        width: side, height: side, channels: 3,
        samples: .uint8(
          Array(repeating: UInt8(number * 255 / count), count: side * side * 3)))
    }
  }

  private func data(
    _ targets: TrainingTargets, _ task: ImageTask, _ heldOut: [Int]
  ) -> TrainingImages {
    let held = Set(heldOut)
    return TrainingImages(
      images: Shades(count: targets.count), targets: targets, task: task,
      training: (0..<targets.count).filter { !held.contains($0) }, heldOut: heldOut)
  }

  private func judged(_ data: TrainingImages, groups: [String]? = nil) -> JudgedImages {
    JudgedImages(groups: groups) { (image, _) throws(TrainingError) in
      DecodedImage(try data.images.image(image))
    }
  }

  /// Returns a model with the same `outputs` for every image. The head's last layer has no bias, so the preceding batch
  /// norm produces a constant feature.
  private func model(
    _ task: ImageTask, answering outputs: [Float], times factor: Float = 1
  ) throws -> ImageModel {
    var random = RandomStream(seed: 1, stream: 1)
    let description = ImageModelDescription(
      task: task, backbone: .resnet18, input: ImageTransform(size: ImageSize(Self.side)))
    let network = description.network(random: &random)
    for (name, parameter) in network.namedParameters() {
      // The last norm outputs `factor` for the first feature and 0 for the others.
      let count = parameter.value.elementCount
      if name == "head.6.weight" { parameter.value = Tensor.zeros([count]) }
      if name == "head.6.bias" {
        var first = [Float](repeating: 0, count: count)
        first[0] = factor
        parameter.value = Tensor([count], first)
      }
      if name == "head.8.weight" {
        let width = parameter.value.shape[1]
        parameter.value = Tensor([outputs.count, width]) { numbers in
          for output in outputs.indices {
            for column in 0..<width {
              numbers[output * width + column] = column == 0 ? outputs[output] : 0
            }
          }
        }
      }
    }
    let path = folder.path("model-\(UInt32.random(in: 0 ... .max)).safetensors")
    _ = try ImageModelContents(description, network).write(to: path)
    return try ImageModel(SafetensorsFile(path))
  }

  private func probability(_ logit: Double) -> Double { 1 / (1 + exp(-logit)) }

  @Test func classesAreJudgedByWhatIsRightAndHowLikely() throws {
    let task = ImageTask.classify(classes: ["a", "b", "c"])
    // Held out: two of a, one each of b and c. Training set: three of b, one of c.
    let data = data(
      .classes([0, 0, 1, 2, 1, 1, 1, 2]), task, [0, 1, 2, 3])
    let judge = ImageJudge(data, judged(data), threadCount: 2)
    let logits: [Float] = [1, 2, 3]
    let report = try #require(
      try judge.report(of: model(task, answering: logits), called: "x"))
    let sum = logits.reduce(0) { $0 + exp(Double($1)) }
    let losses = [1, 1, 2, 3].map { log(sum) - $0 }
    #expect(abs((report[.accuracy] ?? 0) - 0.25) < 1e-9)
    #expect(abs((report[.crossEntropy] ?? 0) - losses.reduce(0, +) / 4) < 1e-5)
    let baseline = try judge.baseline()
    #expect(baseline.name == "prior")
    // b is the most frequent class of the training set; a does not occur in it.
    #expect(abs((baseline[.accuracy] ?? 0) - 0.25) < 1e-9)
    let probabilities: [Double] = [1e-7, 1e-7, 0.75, 0.25]
    let prior = probabilities.reduce(0) { $0 - log($1) } / 4
    #expect(abs((baseline[.crossEntropy] ?? 0) - prior) < 1e-5)
    // A model with other classes in another order is queried by name. Classes it does not know count as wrong.
    let other = try #require(
      try judge.report(
        of: model(.classify(classes: ["c", "d", "a"]), answering: [0, -1, 5]), called: "y"))
    #expect(abs((other[.accuracy] ?? 0) - 0.5) < 1e-9)
  }

  /// The weights are finite but the answers are not: no figure is reported.
  @Test func aModelWhoseAnswersAreNoNumbersIsNotJudged() throws {
    let task = ImageTask.classify(classes: ["a", "b"])
    let data = data(.classes([0, 1, 0, 1]), task, [0, 1])
    let model = try model(task, answering: [3e38, 3e38], times: 10)
    try model.verifyContents()
    let error = #expect(throws: TrainingError.self) {
      try ImageJudge(data, judged(data), threadCount: 1).report(of: model, called: "x")
    }
    #expect(error?.code == .badData && error?.problem.contains("not a finite number") == true)
  }

  @Test func labelsNumbersAndPointsAreJudgedByTheirOwnFigures() throws {
    let labels = ImageTask.multilabel(labels: ["a", "b"], thresholds: [0.5, 0.9])
    let ofLabels = data(.numbers([1, 0, 1, 1, 0, 0, 1, 0], width: 2), labels, [0, 1])
    let report = try #require(
      try ImageJudge(ofLabels, judged(ofLabels), threadCount: 1).report(
        of: model(labels, answering: [1, 2]), called: "x"))
    // The probabilities of a, not b, a and b.
    let ofTruth = [probability(1), 1 - probability(2), probability(1), probability(2)]
    let entropy = ofTruth.reduce(0) { $0 - log($1) } / 4
    #expect(abs((report[.crossEntropy] ?? 0) - entropy) < 1e-5)
    // The probability of b is 0.88, below its threshold.
    #expect(abs((report[.labelAccuracy] ?? 0) - 0.75) < 1e-9)

    let numbers = ImageTask.regress(names: ["x", "y"], range: nil)
    let ofNumbers = data(.numbers([1, 2, 3, 4, 5, 7, 5, 9], width: 2), numbers, [0, 1])
    let judge = ImageJudge(ofNumbers, judged(ofNumbers), threadCount: 1)
    let errors = try #require(
      try judge.report(of: model(numbers, answering: [1, 1]), called: "x"))
    #expect(abs((errors[.numbersRMSE] ?? 0) - Double(3.5).squareRoot()) < 1e-5)
    #expect(abs((errors[.numbersMAE] ?? 0) - 1.5) < 1e-5)
    // The means are 5 and 8.
    let mean = try judge.baseline()
    #expect(mean.name == "mean")
    #expect(abs((mean[.numbersMAE] ?? 0) - 4) < 1e-5)
    #expect(
      try judge.report(
        of: model(.regress(names: ["x", "z"], range: nil), answering: [1, 1]), called: "z") == nil)
    #expect(try judge.report(of: model(labels, answering: [1, 1]), called: "z") == nil)

    let points = ImageTask.points(names: ["p"])
    let ofPoints = data(
      .points([SIMD2(0, 0), SIMD2(32, 16), SIMD2(16, 16), SIMD2(24, 32)], width: 1), points,
      [0, 1])
    // Output 0 is the centre. Both points differ from it by 1 in x, one also by 1 in y.
    let middle = try #require(
      try ImageJudge(ofPoints, judged(ofPoints), threadCount: 1).report(
        of: model(points, answering: [0, 0]), called: "x"))
    #expect(abs((middle[.numbersMAE] ?? 0) - 0.75) < 1e-5)
    // The mean of (0, 0) and (0.5, 1).
    let point = try ImageJudge(ofPoints, judged(ofPoints), threadCount: 1).baseline()
    #expect(abs((point[.numbersMAE] ?? 0) - 1) < 1e-5)
  }

  /// A group's images are resampled together and are no more evidence than one image.
  @Test func groupsAreWhatChanceIsToldBy() throws {
    let task = ImageTask.classify(classes: ["a", "b"])
    let data = data(.classes((0..<60).map { $0 < 40 ? 0 : 1 }), task, Array(20..<60))
    let right = try model(task, answering: [1, 0])
    let wrong = try model(task, answering: [0, 1])
    func verdict(_ groups: [String]?) throws -> QualityGate.Verdict {
      let judge = ImageJudge(data, judged(data, groups: groups), threadCount: 1)
      let policy = PublishingPolicy(comparesWithService: true)
      let rival = try #require(try judge.report(of: right, called: "y"))
      return policy.judge(
        PublishingPolicy.Comparison(
          of: try judge.report(of: wrong, called: "x"), by: .accuracy,
          against: [], rivals: [PublishingPolicy.Rival("the other", rival)])
      ).verdict
    }
    // Both models classify half of the images correctly.
    #expect(!(try verdict(nil)).isRefusal)
    let few = try verdict((0..<60).map { "\($0 / 12)" })
    // Groups 1 to 4.
    #expect(few.isRefusal && few.reason.contains("measured on 4 images"), "\(few.reason)")
  }

  private func job(
    _ data: TrainingImages, rate: Double, epochs: Int = 3, seed: UInt64 = 0
  ) -> ImageTrainingJob {
    var options = ImageTrainingOptions()
    options.transform = ImageTransform(size: ImageSize(Self.side))
    options.transform.augmentation = .none
    options.epochCount = epochs
    options.batchSize = 8
    options.peakRates = .same(rate)
    options.seed = seed
    var job = ImageTrainingJob(
      registry: registry, name: name, options: options, command: "test", latentVersion: "0")
    job.judged = judged(data)
    return job
  }

  /// If an image becomes unreadable while the version in service is evaluated, that is not reported as a defect of the
  /// version. Nothing is published without the comparison.
  @Test func anImageThatIsGoneIsNoDamageOfTheVersionInService() throws {
    let task = ImageTask.classify(classes: ["dark", "light"])
    let heldOut = (0..<12).map { 2 * $0 }
    let data = data(.classes((0..<24).map { $0 < 12 ? 0 : 1 }), task, heldOut)
    _ = try job(data, rate: 1e-3, epochs: 1).run(data, fingerprint: "f", readingSeconds: 0)
    let versions = registry.versions(of: name)
    try versions.promote(1)
    // Each image is read for the new version first, then for the one in service.
    let readCount = Mutex(0)
    var second = job(data, rate: 1e-3, epochs: 1, seed: 1)
    second.judged = JudgedImages { (image, _) throws(TrainingError) in
      let count = readCount.withLock { count in
        count += 1
        return count
      }
      guard count <= heldOut.count else {
        throw TrainingError(.badData, "can't be opened", place: "photo \(image)", remedy: "Look.")
      }
      return DecodedImage(try data.images.image(image))
    }
    second.policy = PublishingPolicy(comparesWithService: true, isForced: true)
    var warnings = 0
    second.report = { _ in warnings += 1 }
    let error = #expect(throws: TrainingError.self) {
      try second.run(data, fingerprint: "f", readingSeconds: 0)
    }
    #expect(error?.place.hasPrefix("photo ") == true && warnings == 0)
    #expect(try versions.current() == 1 && versions.all() == [1])
  }

  @Test func aWorseVersionIsRefusedAndRecorded() throws {
    let task = ImageTask.classify(classes: ["dark", "light"])
    let heldOut = (0..<24).map { 3 * $0 }
    let data = data(.classes((0..<72).map { $0 < 36 ? 0 : 1 }), task, heldOut)
    var good = job(data, rate: 3e-3, epochs: 10)
    good.policy = PublishingPolicy(comparesWithService: true)
    let first = try good.run(data, fingerprint: "f", readingSeconds: 0)
    #expect(first.run.outcome == .published, "\(first.run.note)")
    let accuracy = try #require(first.run.metrics["accuracy"]?.value)
    #expect(accuracy > 0.7)
    #expect(first.run.metrics["prior.accuracy"]?.value == 0.5)
    #expect(first.run.publishing?["unless-worse"] == "true")

    // A version that has learned nothing.
    var bad = job(data, rate: 1e-9)
    bad.policy = PublishingPolicy(comparesWithService: true)
    var otherSplits = 0
    bad.report = { if case .otherSplit = $0 { otherSplits += 1 } }
    let second = try bad.run(data, fingerprint: "f", readingSeconds: 0)
    #expect(otherSplits == 0)
    #expect(second.run.outcome == .refused && second.version == 2)
    #expect(second.run.note.contains("of the model in service"), "\(second.run.note)")
    #expect(second.run.metrics["in service.accuracy"]?.value == accuracy)
    let versions = registry.versions(of: name)
    #expect(try versions.current() == 1)
    #expect(try versions.manifest(of: 2).run.outcome == .refused)

    // A sufficient margin lets it pass, and so would leaving out the comparison.
    bad.policy = PublishingPolicy(comparesWithService: true, margin: 1)
    // A different data set than that of the version in service is reported, whatever the options.
    #expect(try bad.run(data, fingerprint: "g", readingSeconds: 0).run.outcome == .published)
    #expect(otherSplits == 1)

    // The version in service is no better now, but the best recent version is, so quality can't degrade night by night.
    bad.policy = PublishingPolicy(comparesWithService: true)
    let slid = try bad.run(data, fingerprint: "g", readingSeconds: 0)
    #expect(slid.run.outcome == .refused)
    #expect(
      slid.run.note.contains("version 1, the best of the last 30 days"), "\(slid.run.note)")
    #expect(slid.run.metrics["version 1.accuracy"]?.value == accuracy)
    // That version was trained on a different data set too, so it is reported again. With a different held-out set,
    // figures are not comparable.
    #expect(otherSplits == 2)
    bad.parameters = ["split": "random:0.3"]
    let elsewhere = try bad.run(data, fingerprint: "g", readingSeconds: 0)
    #expect(elsewhere.run.outcome == .published, "\(elsewhere.run.note)")
    #expect(elsewhere.run.metrics["version 1.accuracy"] == nil)

    // A model with another task is reported and not compared.
    let labels = ImageTask.multilabel(labels: ["dark", "light"], thresholds: [0.5, 0.5])
    let other = self.data(
      .numbers((0..<72).flatMap { $0 < 36 ? [Float(1), 0] : [0, 1] }, width: 2), labels, heldOut)
    var warnings: [ImageTrainingWarning] = []
    var changed = job(other, rate: 3e-3)
    changed.policy = PublishingPolicy(comparesWithService: true, isForced: true)
    changed.report = { warnings.append($0) }
    #expect(try changed.run(other, fingerprint: "f", readingSeconds: 0).run.outcome == .published)
    let isTold = warnings.contains { if case .otherAnswers = $0 { true } else { false } }
    #expect(isTold)
  }
}
