import Errors
package import Evaluation
import Foundation
import ImageModels
import Images
import Learning
package import ModelRegistry
import TensorCore

/// Makes an 8-bit quantized version of an existing version. Both are evaluated on the same held-out images. If the
/// new one loses more than it may, or too few images are held out to judge it (as in ``PublishingPolicy``), it is
/// written but not put in service.
package struct ImageQuantizationJob {
  package let registry: ModelRegistry
  package let name: ModelName
  /// The version to quantize.
  package let version: Int
  /// The number of training images used to calibrate activation ranges.
  package var imageCount = 256
  /// The maximum loss of the main metric, as a share of it.
  package var mostLoss = 0.01
  /// Whether to put the version in service.
  package var publishes = false
  /// Whether to do so even if too few images are held out to judge by.
  package var isForced = false
  /// The number of the data set's images that cannot be read. They are neither learned from nor held out.
  package var skippedCount = 0
  package var threadCount = 1
  /// The command line, which identifies the lock holder to others, and the version of the program.
  package let command: String
  package let latentVersion: String

  package init(
    registry: ModelRegistry, name: ModelName, version: Int, command: String, latentVersion: String
  ) {
    self.registry = registry
    self.name = name
    self.version = version
    self.command = command
    self.latentVersion = latentVersion
  }

  /// Quantizes the version by labelled images with the given `fingerprint`. `images` are the same images as models
  /// want them.
  ///
  /// Throws ``TrainingError``: `badData` if no images are left to learn from or to hold out, or if the labels are of
  /// another task or unknown to the model. `badOption` if the version is already quantized, `otherModel` if it is
  /// not an image model.
  package func run(
    _ data: TrainingImages, _ images: JudgedImages, fingerprint: String
  ) throws -> ImageQuantizationOutcome {
    let start = ContinuousClock.now
    let startedAt = Date.now.formatted(.iso8601)
    let publisher = try Publisher(of: name, in: registry, command: command)
    let manifest = try publisher.versions.manifest(of: version)
    let model = try self.model(publisher.versions)
    try check(that: model, hasLearned: data.task)
    let context = ComputeContext(threadCount: threadCount)
    let chosen = try calibrationImages(of: data)
    let contents = try model.quantized(on: chosen.count, in: context) { position in
      try images.input(chosen[position], for: model).mapError { TrainingError($0) }.get()
    }
    let staged = try publisher.stage()
    let written = try staged.add(contents)
    guard let quantized = written as? ImageModel else {
      preconditionFailure("a model of images that is written is one")
    }
    let judge = ImageJudge(data, images, threadCount: threadCount)
    guard let before = try judge.report(of: model, called: Self.before),
      let after = try judge.report(of: quantized, called: Self.after)
    else {
      throw TrainingError(
        .badData, "the labels of these images do not fit the model's task",
        place: "version \(version)", remedy: "Give it the images that it was trained on.")
    }
    var run = TrainingRun(
      modelName: name.text, kind: manifest.run.kind, outcome: .written, startedAt: startedAt,
      seconds: ["quantizing": (ContinuousClock.now - start) / .seconds(1)],
      dataFingerprint: fingerprint,
      counts: [
        "images_read": data.images.count - skippedCount, "images_held_out": data.heldOut.count,
        "images_skipped": skippedCount,
      ],
      parameters: manifest.run.parameters.merging([
        "quantized-from": "\(version)", "calibration-images": "\(chosen.count)",
        "max-loss": "\(mostLoss)",
      ]) { $1 },
      mainMetrics: data.task.judgedBy.map(\.name), threadCount: threadCount,
      latentVersion: latentVersion)
    for metric in data.task.judgedBy {
      for (prefix, report) in [("", after), ("\(Self.before).", before)] {
        run.metrics[prefix + metric.name] = report[metric].map {
          TrainingRun.Figure($0, better: metric.better)
        }
      }
    }
    let metric = data.task.judgedBy[0]
    if let loss = Self.loss(from: before[metric], to: after[metric], by: metric) {
      func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * abs(share)) }
      run.note = "\(metric.name) is \(loss < 0 ? "better" : "worse") by \(percent(loss)) with int8"
      if loss > mostLoss {
        run.outcome = .refused
        run.note += ", and the limit is \(percent(mostLoss))"
      }
    } else {
      run.outcome = .refused
      run.note = "\(metric.name) is not finite and can't be compared"
    }
    if publishes {
      run.publishing = PublishingPolicy(isForced: isForced).record
      if let lack = PublishingPolicy.lackOfUsers(by: metric, in: [before, after]) {
        if isForced {
          run.overruled = [lack]
        } else {
          run.outcome = .refused
          run.note += "; \(lack)"
        }
      }
    }
    run.totalSeconds = (ContinuousClock.now - start) / .seconds(1)
    let new = try staged.commit(run)
    run = new.run
    if publishes, run.outcome == .written {
      try publisher.promote(new.version)
      run.outcome = .published
    }
    return ImageQuantizationOutcome(run: run, version: new.version, reports: [before, after])
  }

  /// The names of the two models in reports.
  private static let before = "float32"
  private static let after = "int8"

  /// Returns the version's model, verified and in single precision.
  private func model(_ versions: ModelVersions) throws -> ImageModel {
    try versions.verify(version)
    guard let model = try versions.open(version) as? ImageModel else {
      throw TrainingError(
        .otherModel, "is not an image model", place: "version \(version)",
        remedy: "Name one that is.")
    }
    guard model.description.quantization == nil else {
      throw TrainingError(
        .badOption, "is already quantized", place: "version \(version)",
        remedy: "Name the version that it was quantized from.")
    }
    return model
  }

  /// Throws if images have labels that the model does not know. Their probability would be 0 before and after, and
  /// no loss would show.
  private func check(
    that model: ImageModel, hasLearned task: ImageTask
  ) throws(TrainingError) {
    let known = Set(model.description.task.outputNames)
    guard let unknown = task.outputNames.first(where: { !known.contains($0) }) else { return }
    throw TrainingError(
      .badData, "images are labelled '\(unknown)', which the model has not learned",
      place: "version \(version)", remedy: "Give it the images that it was trained on.")
  }

  /// Returns the numbers of up to ``imageCount`` training images, evenly spaced.
  private func calibrationImages(of data: TrainingImages) throws(TrainingError) -> [Int] {
    guard !data.training.isEmpty, !data.heldOut.isEmpty else {
      throw TrainingError(
        .badData,
        "\(data.training.count) for training, \(data.heldOut.count) held out: both are needed",
        place: "images", remedy: "Use the split that the model was trained with.")
    }
    let count = min(imageCount, data.training.count)
    return (0..<count).map { data.training[$0 * data.training.count / count] }
  }

  /// Returns how much worse `after` is than `before`, as a share of it; negative if better. Any loss from 0 counts
  /// as all of it. nil if either is not finite.
  package static func loss(
    from before: Double?, to after: Double?, by metric: Metric
  ) -> Double? {
    guard let before, let after, before.isFinite, after.isFinite else { return nil }
    let loss = metric.better == .higher ? before - after : after - before
    return before == 0 ? (loss > 0 ? 1 : 0) : loss / abs(before)
  }
}

/// The outcome of a quantization.
package struct ImageQuantizationOutcome: Sendable {
  /// The training record.
  package let run: TrainingRun
  /// The version that was written.
  package let version: Int
  /// The metrics of the model before and after.
  package let reports: [ModelReport]
}
