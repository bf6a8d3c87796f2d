import Errors
package import Evaluation
import Foundation
import Interactions
import Learning
package import ModelRegistry
package import Ratings
import Recommenders
import TensorCore
import Trainers

/// A training from the store to a published version, as run every night, in stages that return values.
///
///     read  -> ReadRatings            split -> SplitRatings        fit   -> Candidate
///     stage -> StagedVersion          judge -> JudgedModels        gate  -> PublishingPolicy.Decision
///     refit -> Candidate              publish -> TrainingRun       record
package struct TrainingJob {
  package let store: any RatingsStore
  package let source: RatingsSource
  package let registry: ModelRegistry
  package let name: ModelName
  package let request: TrainingRequest
  /// The requirements for putting the version in service; nil if it is not to be put in service.
  package let policy: PublishingPolicy?
  /// The command line, which tells others who holds the lock.
  package let command: String
  /// The program's version.
  package let latentVersion: String
  /// Redacts the description of a failure for the record.
  package let redacting: (String) -> String
  /// Called with each event.
  package let report: (JobEvent) -> Void

  package init(
    store: any RatingsStore, source: RatingsSource, registry: ModelRegistry, name: ModelName,
    request: TrainingRequest, policy: PublishingPolicy?, command: String, latentVersion: String,
    redacting: @escaping (String) -> String = { $0.withoutPasswords },
    report: @escaping (JobEvent) -> Void = { _ in }
  ) {
    self.store = store
    self.source = source
    self.registry = registry
    self.name = name
    self.request = request
    self.policy = policy
    self.command = command
    self.latentVersion = latentVersion
    self.redacting = redacting
    self.report = report
  }

  /// Runs the job. If any stage fails, throws and publishes nothing; a failure after the ratings were read is
  /// also recorded in the store.
  package func run() throws -> TrainingOutcome {
    let beginning = ContinuousClock().now
    let startedAt = Timestamp.now.description
    let publisher = try Publisher(of: name, in: registry, command: command)
    try publisher.versions.checkTakes(.recommenders)
    let split = try request.parsedSplit()
    var read = try ReadRatings(
      store, from: source, keepingTimes: split.needsTimes || request.models.needsTimes,
      transform: request.transform, report: report)
    let table = read.takeTable()
    let parts = try request.models.parts(for: read, table, by: policy?.metric, report: report)
    read.coldItems = try request.coldItems(of: read, table, store.name, for: parts, report: report)
    var run = TrainingRun(
      modelName: name.text, kind: parts[0].kind, outcome: .failed, startedAt: startedAt,
      seconds: ["reading": read.seconds],
      dataFingerprint: request.assembly?.fingerprint ?? table.fingerprint(),
      counts: request.assembly?.counts ?? [
        "ratings_read": table.count, "users_read": table.userCount, "items_read": table.itemCount,
      ],
      parameters: request.parameters(of: parts),
      mainMetrics: [Metric.rmse.name, Metric.ndcgAt10.name, "ratings_read"],
      threadCount: request.threadCount, latentVersion: latentVersion)
    run.parameters["feedback"] = read.feedback?.rawValue
    run.publishing = policy?.record
    run.counts["cold_items"] = read.coldItems?.items.count
    func record() {
      run.totalSeconds = (ContinuousClock().now - beginning) / .seconds(1)
      self.record(run)
    }
    do {
      let (version, judged) = try train(
        parts, on: consume table, dividedBy: split, read, by: publisher, since: beginning, &run)
      record()
      return TrainingOutcome(run: run, version: version, judged: judged)
    } catch {
      run.note = redacting("\(error)")
      record()
      throw error
    }
  }

  /// Runs everything after the ratings were read. `run` is kept up to date, whatever is thrown. Returns the
  /// number of the version, or of an identical existing one, and the judged models.
  private func train(
    _ usual: [VersionPart], on table: consuming InteractionTable, dividedBy split: Split,
    _ read: ReadRatings, by publisher: Publisher, since beginning: ContinuousClock.Instant,
    _ run: inout TrainingRun
  ) throws -> (version: Int, judged: JudgedModels) {
    for warning in try request.warnings(of: usual, for: read.summary) { report(.warning(warning)) }
    var ratings = try table.split(by: split)
    run.counts["ratings_held_out"] = ratings.heldOut.count
    if request.assembly == nil { try checkMemory(ratings, usual, run.counts) }
    try checkHeldOut(ratings)
    var parts = usual
    if let tuning = request.tuning {
      parts = try tuned(
        parts, on: ratings.training, read.summary, by: tuning, beside: publisher.versions, &run)
      run.parameters.merge(request.parameters(of: parts)) { $1 }
      try checkMemory(ratings, parts, run.counts)
    }
    var judged = JudgedModels(threadCount: request.threadCount)
    try judged.judgeBaselines(
      except: parts.map(\.kind), on: ratings, read.summary, seed: request.seed)
    let staged = try publisher.stage()
    let start = try request.start.map { try StartingVersion($0, of: publisher.versions) }
    let candidates = try fit(
      parts, on: ratings, read, from: start, by: publisher, into: staged, in: &judged, &run)
    parts = try zip(parts, candidates).map { try $0.with($1.fitted.settled) }
    run.parameters.merge(request.parameters(of: parts)) { $1 }
    run.metrics = judged.figures(of: parts)
    run.losses = Candidate.losses(of: candidates)
    let incumbent = policy.map { policy in
      Incumbent(among: publisher.versions, isCompared: policy.comparesWithService, report: report)
    }
    let version: Int
    if let same = incumbent?.version?.manifest, incumbent?.state == .whole,
      same.isSame(as: staged, fingerprint: run.dataFingerprint),
      same.isRefitted == (request.refits && ratings.heldOut.count > 0)
    {
      run.outcome = .unchanged
      run.note = "the same as version \(same.version)"
      version = same.version
    } else {
      let verdict = judge(
        parts, valuesVary: read.summary.valuesVary, against: incumbent, of: publisher.versions,
        on: ratings, in: &judged, &run)
      run.metrics = judged.figures(of: parts)
      if verdict.isRefusal, let same = refusedBefore(staged, run, publisher.versions) {
        run.outcome = .refused
        run.note = "\(verdict.reason); the same as version \(same), which was refused before"
        version = same
      } else {
        try fitAgain(
          parts, candidates, unless: verdict.isRefusal, on: &ratings, split, read, from: start,
          by: publisher, into: staged, &judged, &run)
        run.totalSeconds = (ContinuousClock().now - beginning) / .seconds(1)
        version = try publish(staged, verdict, by: publisher, &run)
      }
    }
    if request.assembly == nil { try tidyCheckpoints(of: parts, in: publisher.versions) }
    return (version, judged)
  }

  /// Trains the parts on the training ratings, writes each to `staged` and judges the written file.
  private func fit(
    _ parts: [VersionPart], on ratings: SplitRatings, _ read: ReadRatings,
    from start: StartingVersion?, by publisher: Publisher, into staged: StagedVersion,
    in judged: inout JudgedModels, _ run: inout TrainingRun
  ) throws -> [Candidate] {
    try parts.map { part in
      if parts.count > 1 { report(.learning(kind: part.kind)) }
      let data = TrainingData(
        training: ratings.training, heldOut: ratings.heldOut, summary: read.summary)
      let candidate =
        try request.assembly?.judgedCandidate(kind: part.kind, describing: read.items)
        ?? request.fit(
          part, data, from: start, fingerprint: run.dataFingerprint,
          checkpointsIn: publisher.versions, report: report)
      run.seconds["training", default: 0] += candidate.fitSeconds
      let model = try staged.add(contents(of: candidate, ratings, read), as: part.role.judged)
      judged.judge(
        part.kind, try model.asScoredModel(), on: ratings, fitSeconds: candidate.fitSeconds)
      return candidate
    }
  }

  /// Returns the contents of the model file, including items without ratings if there are any.
  private func contents(
    of candidate: Candidate, _ ratings: SplitRatings, _ read: ReadRatings
  ) throws -> any ModelContents {
    guard let cold = read.coldItems, !cold.items.isEmpty else {
      return candidate.contents(ratings, items: read.items, transform: request.transform)
    }
    let (contents, learned) = try candidate.contents(
      ratings, items: read.items, transform: request.transform, adding: cold,
      in: ComputeContext(threadCount: request.threadCount))
    report(
      .addedColdItems(
        kind: candidate.kind, count: cold.items.count, learnedFrom: learned.learnedFrom,
        explained: learned.explained))
    return contents
  }

  /// Removes the checkpoints of a finished training. If its trainers keep none, checkpoints of another kind
  /// of model could still be resumed: they are left, and reported.
  private func tidyCheckpoints(of parts: [VersionPart], in versions: ModelVersions) throws {
    if parts.contains(where: { type(of: $0.trainer).capabilities.contains(.resumes) }) {
      try versions.removeCheckpoints()
    } else if try !versions.checkpoints().isEmpty {
      report(.leavesCheckpoint)
    }
  }

  /// Throws before training if the parts would not fit in memory; `counts` are those of all ratings.
  private func checkMemory(
    _ ratings: SplitRatings, _ parts: [VersionPart], _ counts: [String: Int]
  ) throws {
    let training = ratings.training
    let limit = MemoryLimit.ofThisProcess(threadCount: request.threadCount)
    for part in parts {
      try limit.check(
        part.trainer.memoryDemand(
          users: training.userCount, items: training.itemCount, ratings: training.count))
      guard request.refits, ratings.heldOut.count > 0, let users = counts["users_read"],
        let items = counts["items_read"], let count = counts["ratings_read"]
      else { continue }
      try limit.checkRefit(
        part.trainer.memoryDemand(users: users, items: items, ratings: count))
    }
  }

  /// Throws if no ratings are held out and a comparison was requested. Without one, reports a warning unless
  /// the split holds out none by request.
  private func checkHeldOut(_ ratings: SplitRatings) throws(JobError) {
    guard ratings.heldOut.count == 0 else { return }
    guard policy?.comparesWithService != true else {
      throw JobError(
        .nothingHeldOut,
        "holds out none of \(ratings.training.count) ratings",
        place: "split \(request.split)",
        remedy: "There are too few ratings for a comparison: import more, or do not compare.")
    }
    if request.split != "none" {
      report(.warning(.nothingHeldOut(ratings: ratings.training.count, split: request.split)))
    }
  }

  /// Returns the newest version if it is identical to `staged` and was refused.
  private func refusedBefore(
    _ staged: StagedVersion, _ run: TrainingRun, _ versions: ModelVersions
  ) -> Int? {
    guard let newest = try? versions.all().last, let manifest = try? versions.manifest(of: newest),
      manifest.run.outcome == .refused,
      manifest.isSame(as: staged, fingerprint: run.dataFingerprint)
    else { return nil }
    return newest
  }

  /// Refits the models to all ratings, to be served instead of the judged ones; if there are no further
  /// ratings, the judged models are served. Meanwhile, the parts of `ratings`, which were split by `split`,
  /// are joined in place.
  private func fitAgain(
    _ parts: [VersionPart], _ candidates: [Candidate], unless isRefused: Bool,
    on ratings: inout SplitRatings, _ split: Split, _ read: ReadRatings,
    from start: StartingVersion?, by publisher: Publisher, into staged: StagedVersion,
    _ judged: inout JudgedModels, _ run: inout TrainingRun
  ) throws {
    guard request.refits, !isRefused, ratings.heldOut.count > 0 else {
      for part in parts { try staged.use(part.role.judged, as: part.role) }
      return
    }
    if let assembly = request.assembly {
      try addServed(assembly, parts, on: ratings, read, into: staged, &judged, &run)
      return
    }
    let heldOut = ratings.heldOut
    ratings = SplitRatings(training: ratings.takeTraining(), heldOut: heldOut).joined()
    run.counts["ratings_fitted"] = ratings.training.count
    var refits: [any ScoredModel] = []
    for (part, candidate) in zip(parts, candidates) {
      report(
        .refitting(kind: parts.count > 1 ? part.kind : nil, ratings: ratings.training.count))
      let refit = try request.refit(
        part, asJudged: candidate, on: ratings, read.summary, from: start,
        fingerprint: run.dataFingerprint, checkpointsIn: publisher.versions, report: report)
      run.seconds["refitting", default: 0] += refit.fitSeconds
      judged.noteRefit(part.kind, seconds: refit.fitSeconds)
      let model = try staged.add(contents(of: refit, ratings, read), as: part.role)
      refits.append(try model.asScoredModel())
    }
    ratings = try ratings.takeTraining().split(by: split)
    for (part, refit) in zip(parts, refits) {
      try judged.check(refit: refit, of: part, on: ratings)
    }
  }

  /// Adds the models that were trained elsewhere on all ratings as those to be served.
  private func addServed(
    _ assembly: Assembly, _ parts: [VersionPart], on ratings: SplitRatings, _ read: ReadRatings,
    into staged: StagedVersion, _ judged: inout JudgedModels, _ run: inout TrainingRun
  ) throws {
    for part in parts {
      guard let served = assembly.servedCandidate(kind: part.kind, describing: read.items) else {
        try staged.use(part.role.judged, as: part.role)
        continue
      }
      run.counts["ratings_fitted"] = run.counts["ratings_read"]
      run.seconds["refitting", default: 0] += served.fitSeconds
      judged.noteRefit(part.kind, seconds: served.fitSeconds)
      let model = try staged.add(contents(of: served, ratings, read), as: part.role)
      try judged.check(refit: model.asScoredModel(), of: part, on: ratings)
    }
  }

  /// Commits the staged model as a version and, unless it is refused or not to be put in service, puts it in
  /// service. `run` is kept up to date, whatever is thrown. Returns the version's number.
  private func publish(
    _ staged: StagedVersion, _ verdict: QualityGate.Verdict, by publisher: Publisher,
    _ run: inout TrainingRun
  ) throws -> Int {
    var written = run
    written.outcome = verdict.isRefusal ? .refused : .written
    written.note = verdict.reason
    // The manifest is written before the version can be in service, so it can't say that it is.
    do {
      let manifest = try staged.commit(written)
      let version = manifest.version
      run = manifest.run
      report(.wrote(version: version))
      guard policy != nil, !verdict.isRefusal else { return version }
      do { try publisher.promote(version) } catch {
        // The failure may have come after the decisive step.
        if (try? publisher.versions.current()) == version { run.outcome = .published }
        throw error
      }
      run.outcome = .published
      return version
    } catch {
      // The failure may have come after the decisive step.
      if let manifest = staged.committed {
        if run.version == nil { run = manifest.run }
        report(.unfinished(run, mayServe: policy != nil))
      }
      throw error
    }
  }

  /// Records the run in the store. A store that is only read from, without Latent's tables, has no place for
  /// it; the manifest contains it anyway.
  private func record(_ run: TrainingRun) {
    do { try store.record(RunRecord(run)) } catch {
      let isForeign = source != .table && [.notMigrated, .foreign].contains(error.code)
      report(isForeign ? .notRecorded("\(error)") : .warning(.notRecorded("\(error)")))
    }
  }
}

extension RunRecord {
  /// Converts a training run to the form that stores keep.
  fileprivate init(_ run: TrainingRun) {
    self.init(
      modelName: run.modelName, version: run.version, outcome: run.outcome.rawValue,
      startedAt: run.startedAt, record: run.encodedJSON())
  }
}

/// The result of a training.
package struct TrainingOutcome: Sendable {
  /// The record of the run.
  package let run: TrainingRun
  /// The version that was written, or the one unchanged in service.
  package let version: Int
  package let judged: JudgedModels
}
