import Errors
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
  /// Whether the version goes in service.
  package var publishes = false
  /// Whether to go on from a checkpoint.
  package var resumes = false
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
    let trainer = try ImageTrainer(
      data, options,
      weights: weightsPath.map { path throws(ModelFileError) in
        try SafetensorsFile(path)
      })
    var identity = parameters
    identity[CheckpointFile.dataName] = fingerprint
    identity[CheckpointFile.modelName] = options.backbone.rawValue
    // Weights and the optimiser's state are three times the model: written now and then, not after each epoch.
    let checkpoints = CheckpointFile(
      try versions.checkpointPath(), of: identity, resumes: resumes, leastInterval: .seconds(30))
    let course = try trainer.fit(callbacks: callbacks, checkpoints: checkpoints)
    try trainer.calibrate()
    let trainingSeconds = (clock.now - start) / .seconds(1)
    let staged = try publisher.stage(trainer.contents)
    var run = TrainingRun(
      modelName: name.text, kind: options.backbone.rawValue, outcome: .written,
      startedAt: startedAt, seconds: ["reading": readingSeconds, "training": trainingSeconds],
      totalSeconds: readingSeconds + (clock.now - start) / .seconds(1),
      dataFingerprint: fingerprint,
      counts: [
        "images_read": data.images.count, "images_held_out": data.heldOut.count,
      ],
      parameters: parameters, metrics: course.figures,
      mainMetrics: course.kept?.metrics.prefix(2).map(\.name) ?? [],
      threadCount: options.threadCount, latentVersion: latentVersion)
    run.losses = [run.kind: course.losses]
    let manifest = try staged.commit(run)
    run = manifest.run
    try versions.removeCheckpoints()
    if publishes {
      try publisher.promote(manifest.version)
      run.outcome = .published
    }
    return ImageTrainingOutcome(
      run: run, version: manifest.version, course: course, description: trainer.description)
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

  /// The losses of all epochs, the frozen ones first.
  fileprivate var losses: [EpochLosses] {
    (frozen.epochs + whole.epochs).enumerated().map { position, record in
      EpochLosses(
        epoch: position + 1, training: record.trainingLoss, validation: record.validationLoss)
    }
  }
}
