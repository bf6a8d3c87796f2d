import Errors
import Foundation
package import Interactions
package import Learning
import ModelRegistry
package import Ratings
package import Recommenders
package import TensorCore
package import Trainers

/// The parameters for training a version's models.
package struct TrainingRequest {
  package var models: ModelChoice
  /// The seed for initialisation and for the order of ratings.
  package var seed: UInt64
  package var threadCount: Int
  /// The split of ratings to hold out, as requested, and its seed.
  package var split: String
  package var splitSeed: UInt64
  /// The transform applied to values before training.
  package var transform: ValueTransform
  /// The source of item content for recommending items without ratings; nil if they are not recommended.
  package var coldItems: (any ItemContentSource)?
  /// The models trained elsewhere; nil if the job trains them.
  package var assembly: Assembly?
  /// The hyperparameter search before training; nil for none.
  package var tuning: TuningRequest?
  /// Whether to resume from a checkpoint.
  package var resumes: Bool
  /// The version whose model is the starting point for training; nil to start from scratch.
  package var start: Int?
  /// Whether the model to be served is refitted to all ratings after it was judged.
  package var refits: Bool
  /// The callbacks, in order, for training a judged model of a kind, and for refitting it; called once for
  /// each.
  package var callbacks: (_ kind: String) -> [any TrainingCallback]
  package var refitCallbacks: (_ kind: String) -> [any TrainingCallback]
  /// A flag that cancels the training of models without steps; nil if a signal ends the program.
  package var cancellation: CancellationFlag?

  package init(
    _ models: ModelChoice, seed: UInt64 = 0, threadCount: Int, split: String,
    splitSeed: UInt64 = 0, transform: ValueTransform = .none, tuning: TuningRequest? = nil,
    resumes: Bool = false,
    refits: Bool = true,
    callbacks: @escaping (_ kind: String) -> [any TrainingCallback] = { _ in [] },
    refitCallbacks: @escaping (_ kind: String) -> [any TrainingCallback] = { _ in [] }
  ) {
    self.models = models
    self.seed = seed
    self.threadCount = threadCount
    self.split = split
    self.splitSeed = splitSeed
    self.transform = transform
    self.tuning = tuning
    self.resumes = resumes
    self.refits = refits
    self.callbacks = callbacks
    self.refitCallbacks = refitCallbacks
  }

  /// Parses the split. Throws ``InteractionError`` if it is invalid.
  package func parsedSplit() throws(InteractionError) -> Split { try Split(split, seed: splitSeed) }

  /// The part of ``record`` that specifies which ratings were held out.
  package var splitRecord: [String: String] { ["split": split, "split-seed": String(splitSeed)] }

  /// Returns the requested options of a model, by their command-line names.
  private func record(of trainer: any Trainer) -> [String: String] {
    trainer.record.merging(splitRecord) { $1 }
      .merging(["model": type(of: trainer).name, "seed": String(seed)]) { $1 }
  }

  /// Returns the models' parameters: the requested ones, and the trainer's defaults. Those of the predictor
  /// have its name as a prefix, as in `als.factors`.
  func parameters(of parts: [VersionPart]) -> [String: String] {
    func all(_ trainer: any Trainer) -> [(String, String)] {
      type(of: trainer).optionDescriptions.compactMap { option in
        (trainer.record[option.name] ?? option.usual).map { (option.name, $0) }
      } + trainer.record.map { ($0, $1) }
    }
    var parameters: [String: String] = [:]
    for part in parts where part.role == .main {
      parameters = record(of: part.trainer).merging(all(part.trainer)) { asked, _ in asked }
    }
    if transform != .none { parameters["transform"] = transform.rawValue }
    if let start { parameters["from"] = String(start) }
    if let coldItems { parameters["cold-items"] = coldItems.name }
    if let assembly { parameters.merge(assembly.parameters) { $1 } }
    for part in parts where part.role == .predictor {
      parameters["predictor"] = part.kind
      for (name, value) in all(part.trainer) { parameters["\(part.kind).\(name)"] = value }
    }
    return parameters
  }

  /// Returns the warnings about the models' options for ratings with `summary`, before any training. Throws
  /// ``TrainingError`` `badOption` as ``Trainer/warnings(for:)`` does.
  func warnings(
    of parts: [VersionPart], for summary: DataSummary
  ) throws(TrainingError) -> [JobWarning] {
    var warnings: [JobWarning] = []
    if transform != .none, !parts.contains(where: { $0.trainer.readsValues }) {
      warnings.append(.idleTransform(kind: parts[0].kind))
    }
    for part in parts { warnings += try part.trainer.warnings(for: summary).map { .option($0) } }
    return warnings
  }

  /// Returns what a checkpoint of a part must match to be resumed.
  func identity(
    of part: VersionPart, _ summary: DataSummary, fingerprint: String
  ) -> CheckpointFile.Identity {
    record(of: part.trainer).merging(part.trainer.identity(for: summary)) { $1 }
      .merging(start.map { ["from": String($0)] } ?? [:]) { $1 }
      .merging([
        CheckpointFile.modelName: part.kind, CheckpointFile.dataName: fingerprint,
      ]) { $1 }
  }
}

/// A trained model, with its training time.
package struct Candidate: Sendable {
  package let kind: String
  package let fitted: FittedModel
  /// Wall-clock seconds of training alone, including the time before interruptions.
  package let fitSeconds: Double

  /// Creates a candidate from a model trained elsewhere.
  init(kind: String, fitted: FittedModel, fitSeconds: Double) {
    self.kind = kind
    self.fitted = fitted
    self.fitSeconds = fitSeconds
  }

  /// Trains a model.
  package init(
    of trainer: any Trainer, on data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) {
    kind = type(of: trainer).name
    let clock = ContinuousClock()
    let start = clock.now
    fitted = try trainer.fit(data, in: context)
    let seconds = (clock.now - start) / .seconds(1)
    fitSeconds = max(seconds, (fitted.course?.history.epochs.last?.elapsed ?? .zero) / .seconds(1))
  }

  /// Returns the loss histories of the models trained in passes, by kind; nil if there are none.
  static func losses(of candidates: [Candidate]) -> [String: [EpochLosses]]? {
    let courses = candidates.compactMap { candidate in
      candidate.fitted.course.map { course in
        (
          candidate.kind,
          course.history.epochs.map {
            EpochLosses(
              epoch: $0.epoch, training: $0.trainingLoss, validation: $0.validationLoss)
          }
        )
      }
    }
    return courses.isEmpty ? nil : Dictionary(courses) { $1 }
  }

  /// Returns the contents of the model file, for ratings transformed by `transform`.
  package func contents(
    _ ratings: SplitRatings, items: [ItemID: Item], transform: ValueTransform = .none
  ) -> any ModelContents {
    fitted.learned.contents(
      kind: kind, catalogue: catalogue(ratings, items), transform: transform,
      ratingBounds: ratings.learnedBounds)
  }

  /// Returns the same with items without ratings, and the fit of their content. Throws as
  /// ``ColdItems/added(to:_:in:)`` does.
  package func contents(
    _ ratings: SplitRatings, items: [ItemID: Item], transform: ValueTransform = .none,
    adding cold: ColdItems, in context: ComputeContext
  ) throws(TrainingError) -> (contents: any ModelContents, learned: ColdItems.Learned) {
    let learned = try cold.added(to: fitted.learned, catalogue(ratings, items), in: context)
    return (
      learned.tables.contents(
        kind: kind, catalogue: learned.catalogue, transform: transform,
        ratingBounds: ratings.learnedBounds), learned
    )
  }

  private func catalogue(_ ratings: SplitRatings, _ items: [ItemID: Item]) -> ModelCatalogueContents
  {
    ModelCatalogueContents(ratings: ratings) { items[ratings.training.identifier(of: $0)] }
  }
}

extension TrainingRequest {
  /// Trains a part to be judged, from `start` if given, and from the checkpoint among `versions` if
  /// requested. The checkpoint is kept up to date if the trainer supports resuming.
  func fit(
    _ part: VersionPart, _ data: TrainingData, from start: StartingVersion?, fingerprint: String,
    checkpointsIn versions: ModelVersions, report: (JobEvent) -> Void
  ) throws -> Candidate {
    let judgedOn = data.heldOut.map { SplitRatings(training: data.training, heldOut: $0) }
    var context = try context(
      for: part, part.role.judged, callbacks, from: start, judgedOn: judgedOn)
    if let checkpoint = try checkpoint(
      of: part, as: part.role.judged, identity(of: part, data.summary, fingerprint: fingerprint),
      in: versions)
    {
      var checkpoints = checkpoint(resumes)
      // With a search, the checkpoint may be for options other than those chosen now. That must not make the
      // search useless.
      let isOfAnother = tuning != nil && checkpoints.isThere && checkpoints.obstacle() != nil
      if isOfAnother { checkpoints = checkpoint(false) }
      switch (resumes && !isOfAnother, checkpoints.isThere) {
      // A checkpoint that can't be resumed is rejected by the trainer, with the reason.
      case (true, true): if checkpoints.obstacle() == nil { report(.resuming) }
      case (true, false): report(.nothingToResume)
      case (false, true): report(.warning(.replacesCheckpoint(checkpoints.obstacle())))
      case (false, false): break
      }
      context.checkpoints = checkpoints
    }
    let candidate = try Candidate(
      of: part.trainer, on: data, in: context)
    if let course = candidate.fitted.course {
      let last = course.history.epochs.count
      if let best = course.bestEpoch { report(.endedEarly(epoch: last, best: best)) }
      if course.keptEpoch != last { report(.keptEpoch(course.keptEpoch)) }
    }
    return candidate
  }

  /// Returns a function that creates the checkpoint for the part's model in `role`, resuming or not; nil if
  /// its trainer does not support resuming.
  func checkpoint(
    of part: VersionPart, as role: ModelRole, _ identity: CheckpointFile.Identity,
    in versions: ModelVersions
  ) throws -> ((_ resumes: Bool) -> CheckpointFile)? {
    guard type(of: part.trainer).capabilities.contains(.resumes) else { return nil }
    let path = try versions.checkpointPath(of: role)
    return { resumes in
      CheckpointFile(
        path, of: identity, resumes: resumes, currentName: TrainerRegistry.currentName)
    }
  }

  /// Returns the context for training a part's model in `role`, from `start` if given; `ratings` are those
  /// whose held-out part it will be judged on, if any.
  func context(
    for part: VersionPart, _ role: ModelRole,
    _ callbacks: (_ kind: String) -> [any TrainingCallback], from start: StartingVersion?,
    judgedOn ratings: SplitRatings? = nil
  ) throws -> TrainingContext {
    let iterates = type(of: part.trainer).capabilities.contains(.iterates)
    var context = TrainingContext(
      seed: seed, compute: ComputeContext(threadCount: threadCount),
      callbacks: iterates ? callbacks(part.kind) : [])
    context.cancellation = cancellation
    context.start = try start?.model(for: part, role, self, judgedOn: ratings)
    return context
  }
}
