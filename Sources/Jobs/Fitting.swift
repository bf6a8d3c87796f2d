import Errors
import Foundation
package import Interactions
package import Learning
import ModelRegistry
package import Ratings
package import Recommenders
package import TensorCore
package import Trainers

/// How a version's models are to be learned, and what goes along with it.
package struct TrainingRequest {
  package var models: ModelChoice
  /// What the start and the order of ratings follow from.
  package var seed: UInt64
  package var threadCount: Int
  /// How ratings are held out, as it was asked for, and the seed of that.
  package var split: String
  package var splitSeed: UInt64
  /// What values are taken to before anything is learned of them.
  package var transform: ValueTransform
  /// Where the content of items comes from by which those without ratings are recommended; nil where they are not.
  package var coldItems: (any ItemContentSource)?
  /// What was learned elsewhere already; nil where the job learns.
  package var assembly: Assembly?
  /// A search for options before all else; nil for none.
  package var tuning: TuningRequest?
  /// Whether to go on from a checkpoint.
  package var resumes: Bool
  /// The version whose model learning starts from; nil to start anew.
  package var start: Int?
  /// Whether the model that goes in service is fitted again to all ratings, once it was judged.
  package var refits: Bool
  /// What is called, in this order, while a model of a kind is learned that is judged, and while it is fitted
  /// again; asked for once for each.
  package var callbacks: (_ kind: String) -> [any TrainingCallback]
  package var refitCallbacks: (_ kind: String) -> [any TrainingCallback]
  /// Asks what is learned without steps to stop; nil where a signal ends the program.
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

  /// Throws ``InteractionError`` when there is no such split.
  package func parsedSplit() throws(InteractionError) -> Split { try Split(split, seed: splitSeed) }

  /// The part of ``record`` that says which ratings were held out.
  package var splitRecord: [String: String] { ["split": split, "split-seed": String(splitSeed)] }

  /// What was asked for of a model, by the names that people type.
  private func record(of trainer: any Trainer) -> [String: String] {
    trainer.record.merging(splitRecord) { $1 }
      .merging(["model": type(of: trainer).name, "seed": String(seed)]) { $1 }
  }

  /// What the model is learned with: what was asked for, and the trainer's own defaults; those of the
  /// predictor behind its name, as in `als.factors`.
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

  /// What there is to say of its options, for ratings of which `summary` is known, before anything is learned.
  /// Throws ``TrainingError`` `badOption` as ``Trainer/warnings(for:)`` does.
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

  /// What a checkpoint of a part must be of to be gone on from.
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

/// A model that was learned, with the time it took.
package struct Candidate: Sendable {
  package let kind: String
  package let fitted: FittedModel
  /// Wall-clock seconds of learning alone, the parts before an interruption among them.
  package let fitSeconds: Double

  /// One that was learned elsewhere.
  init(kind: String, fitted: FittedModel, fitSeconds: Double) {
    self.kind = kind
    self.fitted = fitted
    self.fitSeconds = fitSeconds
  }

  /// Learns a model.
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

  /// How the losses of those went that were learned in passes, by kind; nil without any.
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

  /// All that the model's file is to hold, of ratings that were taken to what `transform` says.
  package func contents(
    _ ratings: SplitRatings, items: [ItemID: Item], transform: ValueTransform = .none
  ) -> any ModelContents {
    fitted.learned.contents(
      kind: kind, catalogue: catalogue(ratings, items), transform: transform,
      ratingBounds: ratings.learnedBounds)
  }

  /// The same with items without ratings, and what was learned of their content. Throws as ``ColdItems/added(to:_:in:)`` does.
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
  /// Learns a part to be judged, from `start` where there is one, and from the checkpoint among `versions` where
  /// that is asked for, which is kept up to date where the trainer can go on from one.
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
      // What a search chose may be something else than what a checkpoint is of: it is no reason to
      // search in vain.
      let isOfAnother = tuning != nil && checkpoints.isThere && checkpoints.obstacle() != nil
      if isOfAnother { checkpoints = checkpoint(false) }
      switch (resumes && !isOfAnother, checkpoints.isThere) {
      // One that can't be gone on from is refused by the trainer, with the reason.
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

  /// Makes the checkpoint of a part that is to be the model in `role`, to be gone on from or not; nil where its
  /// trainer can't go on from one.
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

  /// What goes along with a training of a part, which is to be the model in `role`, starts from `start` where there
  /// is one, and is judged on the held-out part of `ratings`, where it is.
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
