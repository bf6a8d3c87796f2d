import Errors
package import Evaluation
import Foundation
import Interactions
import Learning
package import ModelRegistry
package import Ratings
import Recommenders
import Trainers

/// One training from the store to a version: the nightly path, in stages that return values.
///
///     read  -> ReadRatings            split -> SplitRatings        fit   -> Candidate
///     judge -> JudgedModels           stage -> StagedVersion       gate  -> Verdict
///     publish -> TrainingRun          record
package struct TrainingJob {
  package let store: any RatingsStore
  package let source: RatingsSource
  package let registry: ModelRegistry
  package let name: ModelName
  package let request: TrainingRequest
  /// What the version must pass to go in service; nil when it need not go there.
  package let policy: PublishingPolicy?
  /// The command line, which tells others what holds the lock.
  package let command: String
  /// The version of the program.
  package let latentVersion: String
  /// Takes what a failure is described by to what may be recorded of it.
  package let redacting: (String) -> String
  /// Told what happens.
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

  /// Does it all. Throws with nothing published when any part fails; the failure of a training that
  /// got as far as its ratings is recorded in the store too.
  package func run() throws -> TrainingOutcome {
    let start = ContinuousClock().now
    let startedAt = Timestamp.now.description
    let publisher = try Publisher(of: name, in: registry, command: command)
    let split = try request.parsedSplit()
    var read = try ReadRatings(
      store, from: source, keepingTimes: split.needsTimes, report: report)
    let table = read.takeTable()
    var run = TrainingRun(
      modelName: name.text, kind: request.kind, outcome: .failed, startedAt: startedAt,
      seconds: ["reading": read.seconds], dataFingerprint: table.fingerprint(),
      counts: [
        "ratings_read": table.count, "users_read": table.userCount, "items_read": table.itemCount,
      ],
      parameters: request.parameters,
      mainMetrics: [Metric.rmse.name, Metric.ndcgAt10.name, "ratings_read"],
      threadCount: request.threadCount, latentVersion: latentVersion)
    func record() {
      run.totalSeconds = (ContinuousClock().now - start) / .seconds(1)
      self.record(run)
    }
    do {
      for warning in try request.trainer.warnings(for: read.summary) {
        report(.warning(.option(warning)))
      }
      let ratings = try (consume table).split(by: split)
      run.counts["ratings_held_out"] = ratings.heldOut.count
      try check(ratings)
      var judged = JudgedModels(threadCount: request.threadCount)
      try judged.judgeBaselines(
        except: request.kind, on: ratings, read.summary, seed: request.seed)
      let candidate = try request.fit(
        TrainingData(
          training: ratings.training, heldOut: ratings.heldOut, summary: read.summary),
        fingerprint: run.dataFingerprint, checkpointsIn: publisher.versions, report: report)
      run.seconds["training"] = candidate.fitSeconds
      let staged = try publisher.stage(candidate.contents(ratings, items: read.items))
      let incumbent = try judge(
        staged, beside: publisher.versions, on: ratings, fitSeconds: candidate.fitSeconds,
        in: &judged)
      run.metrics = judged.comparison.figures(main: request.kind)
      run.totalSeconds = (ContinuousClock().now - start) / .seconds(1)
      if let unchanged = incumbent?.version(unchangedIn: staged) {
        run.outcome = .unchanged
        run.note = "the same as version \(unchanged)"
      } else {
        let verdict = gate(judged, incumbent, valuesVary: read.summary.valuesVary)
        try publish(staged, verdict, by: publisher, &run)
      }
      try publisher.versions.removeCheckpoint()
      record()
      guard let version = run.version ?? incumbent?.version(unchangedIn: staged) else {
        preconditionFailure("a version without a number")
      }
      return TrainingOutcome(run: run, version: version, judged: judged)
    } catch {
      run.note = redacting("\(error)")
      record()
      throw error
    }
  }

  /// Throws when the training can't end well, before anything is learned.
  private func check(_ ratings: SplitRatings) throws {
    let training = ratings.training
    try MemoryLimit.ofThisProcess().check(
      request.trainer.memoryDemand(
        users: training.userCount, items: training.itemCount, ratings: training.count))
    guard ratings.heldOut.count == 0 else { return }
    guard policy?.qualityGate == nil else {
      throw JobError(
        .nothingHeldOut,
        "holds no ratings out of \(training.count)",
        place: "split \(request.split)",
        remedy: "There are too few ratings to compare by: import more, or do not compare.")
    }
    if request.split != "none" {
      report(.warning(.nothingHeldOut(ratings: training.count, split: request.split)))
    }
  }

  /// Judges the staged model and, where it is to be compared, the one in service; returns that.
  private func judge(
    _ staged: StagedVersion, beside versions: ModelVersions, on ratings: SplitRatings,
    fitSeconds: Double, in judged: inout JudgedModels
  ) throws(ModelFileError) -> Incumbent? {
    judged.judge(
      request.kind, try staged.model.asScoredModel(), on: ratings, fitSeconds: fitSeconds)
    guard let policy else { return nil }
    let incumbent = Incumbent(among: versions, for: policy.qualityGate, report: report)
    if policy.qualityGate != nil, let opened = incumbent.opened,
      incumbent.version(unchangedIn: staged) == nil
    {
      judged.judge(incumbent.name, opened.model, on: ratings)
      let theirs = opened.manifest.run.parameters.filter { request.splitRecord[$0.key] != nil }
      // A model that was trained with other ratings held out has seen some of these.
      if theirs != request.splitRecord {
        report(
          .warning(.otherSplit(of: incumbent.rival, name: incumbent.name, parameters: theirs)))
      }
    }
    return incumbent
  }

  /// Whether the model may go in service.
  private func gate(
    _ judged: JudgedModels, _ incumbent: Incumbent?, valuesVary: Bool
  ) -> QualityGate.Verdict {
    guard let policy else { return QualityGate.Verdict(of: []) }
    let candidate = judged.report(of: request.kind)
    let shortcoming = policy.shortcoming(
      of: candidate, isBaseline: TrainerRegistry.isBaseline(type(of: request.trainer)),
      valuesVary: valuesVary, against: judged.baselines)
    let verdict = policy.judge(
      candidate, shortcoming: shortcoming,
      inService: incumbent.flatMap { judged.report(of: $0.name) },
      of: incumbent?.rival ?? .inService)
    if !verdict.isRefusal, let shortcoming { report(.warning(.worseThanBaseline(shortcoming))) }
    return verdict
  }

  /// Makes the staged model a version and, unless it is refused or need not go there, puts it in
  /// service. `run` says what has happened so far at each moment, whatever throws.
  private func publish(
    _ staged: StagedVersion, _ verdict: QualityGate.Verdict, by publisher: Publisher,
    _ run: inout TrainingRun
  ) throws {
    var written = run
    written.outcome = verdict.isRefusal ? .refused : .written
    written.note = verdict.reason
    // The manifest stands before the version can be in service, and can't say that it is.
    do {
      run = try staged.commit(written).run
      guard policy != nil, !verdict.isRefusal, let version = run.version else { return }
      do { try publisher.promote(version) } catch {
        // It may have failed behind the step that counts.
        if (try? publisher.versions.current()) == version { run.outcome = .published }
        throw error
      }
      run.outcome = .published
    } catch {
      // It may have failed behind the step that counts.
      if let manifest = staged.committed {
        if run.version == nil { run = manifest.run }
        report(.unfinished(run, mayServe: policy != nil))
      }
      throw error
    }
  }

  /// Keeps the record in the store. A store that is only read from, without tables of Latent's, has
  /// no place for it; the manifest has it all the same.
  private func record(_ run: TrainingRun) {
    do { try store.record(RunRecord(run)) } catch {
      let isForeign = source != .table && [.notMigrated, .foreign].contains(error.code)
      report(isForeign ? .notRecorded("\(error)") : .warning(.notRecorded("\(error)")))
    }
  }
}

extension RunRecord {
  /// A training run as stores keep it.
  fileprivate init(_ run: TrainingRun) {
    self.init(
      modelName: run.modelName, version: run.version, outcome: run.outcome.rawValue,
      startedAt: run.startedAt, record: run.encodedJSON())
  }
}

/// What a training ended with.
package struct TrainingOutcome: Sendable {
  /// The record.
  package let run: TrainingRun
  /// The version that was written, or that is in service unchanged.
  package let version: Int
  package let judged: JudgedModels
}

extension Incumbent {
  /// The version in service, when `staged` is the same to the byte; else nil.
  func version(unchangedIn staged: StagedVersion) -> Int? {
    guard rival == .inService, let opened, opened.manifest.digest() == staged.digest else {
      return nil
    }
    return opened.manifest.version
  }
}
