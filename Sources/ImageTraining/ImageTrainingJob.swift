import Crypto
import Errors
package import Evaluation
import Foundation
package import ImageModels
package import Learning
package import ModelRegistry
import TensorCore

/// One training of a model of images to a version: trained, written, checked, published.
package struct ImageTrainingJob {
  package let registry: ModelRegistry
  package let name: ModelName
  package var options: ImageTrainingOptions
  /// A file of weights that the backbone starts from; nil to start from the seed.
  package var weightsPath: String?
  /// What the version must pass to go in service; nil when it need not go there.
  package var policy: PublishingPolicy?
  /// The images as models that are compared want them: needed with a policy.
  package var judged: JudgedImages?
  /// Whether the learning rate is searched first: the finder's `valley` is what the peak rates of the options would
  /// say.
  package var findsRate = false
  /// Told of it.
  package var foundRate: (Double) -> Void = { _ in }
  /// Told of the phases of a training on images of several sizes.
  package var phaseWillBegin: (TrainingPhase) -> Void = { _ in }
  /// Told of what the user may not have meant.
  package var report: (ImageTrainingWarning) -> Void = { _ in }
  /// Whether to go on from a checkpoint.
  package var resumes = false
  /// The images of the data set, by their numbers, that could not be read and are left out.
  package var skipped: [Int] = []
  /// What the record says was asked for, by the command line's names.
  package var parameters: [String: String] = [:]
  /// The command line, which tells others what holds the lock, and the version of the program.
  package let command: String
  package let latentVersion: String
  /// Called while the model is learned.
  package var callbacks: [any TrainingCallback] = []

  package init(
    registry: ModelRegistry, name: ModelName, options: ImageTrainingOptions, command: String,
    latentVersion: String
  ) {
    self.registry = registry
    self.name = name
    self.options = options
    self.command = command
    self.latentVersion = latentVersion
  }

  /// Trains on `data`, whose contents have `fingerprint`. Throws with nothing published when any part fails.
  package func run(
    _ data: TrainingImages, fingerprint: String, readingSeconds: Double
  ) throws -> ImageTrainingOutcome {
    let clock = ContinuousClock()
    let start = clock.now
    let startedAt = Date.now.formatted(.iso8601)
    let publisher = try Publisher(of: name, in: registry, command: command)
    let versions = publisher.versions
    try versions.checkTakes([.image])
    let options = try options.suited(to: data)
    let trainer = try ImageTrainer(
      data, options,
      weights: weightsPath.map { path throws(ModelFileError) in
        try SafetensorsFile(path)
      })
    var identity = parameters
    identity[CheckpointFile.dataName] = fingerprint
    identity[CheckpointFile.modelName] = options.backbone.rawValue
    // Of a table of weights what it says, and not where it stands.
    if let weights = options.classWeights {
      identity["class-weights"] = weights.map { "\($0)" }.joined(separator: " ")
    }
    if !skipped.isEmpty {
      let numbers = skipped.map(String.init).joined(separator: " ")
      identity["skipped"] = SHA256.hash(data: Data(numbers.utf8)).map { String(format: "%02x", $0) }
        .joined()
    }
    // Weights and the optimiser's state are three times the model: written now and then, not after each epoch.
    let checkpoints = CheckpointFile(
      try versions.checkpointPath(), of: identity, resumes: resumes, leastInterval: .seconds(30))
    var recorded = parameters
    if findsRate {
      let rate = try trainer.usefulLearningRate()
      trainer.peakRates = .same(rate)
      recorded["learning-rate-found"] = "\(Float(rate))"
      foundRate(rate)
    }
    let course = try trainer.fit(
      callbacks: callbacks, checkpoints: checkpoints, phaseWillBegin: phaseWillBegin)
    try trainer.calibrate()
    let trainingSeconds = (clock.now - start) / .seconds(1)
    let staged = try publisher.stage()
    let model = try staged.add(trainer.contents)
    var run = TrainingRun(
      modelName: name.text, kind: options.backbone.rawValue, outcome: .written,
      startedAt: startedAt, seconds: ["reading": readingSeconds, "training": trainingSeconds],
      dataFingerprint: fingerprint,
      counts: [
        "images_read": data.images.count - skipped.count, "images_held_out": data.heldOut.count,
        "images_skipped": skipped.count,
      ],
      parameters: recorded, metrics: course.figures,
      mainMetrics: course.kept?.metrics.prefix(2).map(\.name) ?? [],
      threadCount: options.threadCount, latentVersion: latentVersion)
    run.losses = [run.kind: course.losses]
    run.publishing = policy?.record
    if let policy, let model = model as? ImageModel {
      let verdict = try judge(model, on: data, by: policy, among: versions, &run)
      run.outcome = verdict.isRefusal ? .refused : .written
      run.note = verdict.reason
    }
    run.totalSeconds = readingSeconds + (clock.now - start) / .seconds(1)
    let manifest = try staged.commit(run)
    run = manifest.run
    try versions.removeCheckpoints()
    if policy != nil, run.outcome == .written {
      try publisher.promote(manifest.version)
      run.outcome = .published
    }
    return ImageTrainingOutcome(
      run: run, version: manifest.version, course: course, description: trainer.description,
      unsureCount: trainer.unsureCount)
  }
}

/// What a training of images ended with.
package struct ImageTrainingOutcome: Sendable {
  /// The record.
  package let run: TrainingRun
  /// The version that was written.
  package let version: Int
  package let course: ImageTrainingCourse
  /// The model's, with what was fitted on the held-out images.
  package let description: ImageModelDescription
  /// Of how many held-out images no class is likelier than not; nil of other tasks than classes, and where none is
  /// held out.
  package let unsureCount: Int?
}

extension ImageTrainingCourse {
  /// The figures of the epoch that was kept.
  fileprivate var figures: [String: TrainingRun.Figure] {
    guard let kept else { return [:] }
    var figures: [String: TrainingRun.Figure] = [:]
    for metric in kept.metrics {
      figures[metric.name] = TrainingRun.Figure(
        metric.value, better: metric.isError ? .lower : .higher)
    }
    if let loss = kept.validationLoss {
      figures["validation_loss"] = TrainingRun.Figure(loss, better: .lower)
    }
    return figures
  }

  /// The losses of all epochs.
  fileprivate var losses: [EpochLosses] {
    (earlier.flatMap(\.epochs) + last.epochs).enumerated().map { position, record in
      EpochLosses(
        epoch: position + 1, training: record.trainingLoss, validation: record.validationLoss)
    }
  }
}
