import Crypto
import Errors
package import Evaluation
import Foundation
package import ImageModels
package import Learning
package import ModelRegistry
import TensorCore

/// A job that trains one version of an image model, writes, checks and publishes it.
package struct ImageTrainingJob {
  package let registry: ModelRegistry
  package let name: ModelName
  package var options: ImageTrainingOptions
  /// The path of the weights that the backbone starts from; nil to start from the seed.
  package var weightsPath: String?
  /// The policy that the version must satisfy to go in service; nil if it need not.
  package var policy: PublishingPolicy?
  /// The images as compared models want them; required with a policy.
  package var judged: JudgedImages?
  /// Whether to run the learning rate finder first. Its `valley` then replaces the peak rates of the options.
  package var findsRate = false
  /// Called with the rate found.
  package var foundRate: (Double) -> Void = { _ in }
  /// Called with each phase of a training at several image sizes.
  package var phaseWillBegin: (TrainingPhase) -> Void = { _ in }
  /// Called with warnings.
  package var report: (ImageTrainingWarning) -> Void = { _ in }
  /// Whether to resume from a checkpoint.
  package var resumes = false
  /// The numbers of the data set's images that could not be read and are left out.
  package var skipped: [Int] = []
  /// The requested options for the record, by the command line's names.
  package var parameters: [String: String] = [:]
  /// The command line, which identifies the lock holder to others, and the version of the program.
  package let command: String
  package let latentVersion: String
  /// The callbacks during training.
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

  /// Trains on `data`, whose contents have `fingerprint`. If any part fails, throws and publishes nothing.
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
    // The contents of a table of weights, not its path.
    if let weights = options.classWeights {
      identity["class-weights"] = weights.map { "\($0)" }.joined(separator: " ")
    }
    if !skipped.isEmpty {
      let numbers = skipped.map(String.init).joined(separator: " ")
      identity["skipped"] = SHA256.hash(data: Data(numbers.utf8)).map { String(format: "%02x", $0) }
        .joined()
    }
    // Weights and optimiser state are three times the model: written at intervals, not after each epoch.
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

/// The outcome of a training.
package struct ImageTrainingOutcome: Sendable {
  /// The training record.
  package let run: TrainingRun
  /// The version that was written.
  package let version: Int
  package let course: ImageTrainingCourse
  /// The description of the model, with its calibration.
  package let description: ImageModelDescription
  /// The number of held-out images for which no class had a probability above 0.5; nil for tasks other than classes,
  /// and if none is held out.
  package let unsureCount: Int?
}

extension ImageTrainingCourse {
  /// The metrics of the kept epoch.
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
