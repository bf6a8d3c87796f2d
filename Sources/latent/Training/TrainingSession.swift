import Evaluation
import FactorModels
import Factorization
import Foundation
import Interactions
import ModelFiles
import Publishing
import Ratings

/// What is to become of a version once it is written.
struct Publication {
  /// Whether it is to go in service.
  let isWanted: Bool
  /// What it must pass for that; nil lets any through.
  let gate: QualityGate?
}

/// One training from the store to a version: read, split, learn, judge, write, publish, record.
struct TrainingSession {
  let store: any RatingsStore
  let source: RatingsSource
  let registry: ModelRegistry
  let name: ModelName
  let options: TrainingOptions
  let learning: LearningOptions
  let publication: Publication
  let display: TrainingDisplay
  /// What others are told that holds the lock.
  let command: String

  /// Does it all. Throws with nothing published when any part fails; the failure of a training that
  /// got as far as its ratings is recorded in the store too.
  func run() throws -> TrainingReport {
    let start = ContinuousClock().now
    let startedAt = Timestamp.now.description
    let publisher = try Publisher(of: name, in: registry, command: command)
    let split = try options.parsedSplit()
    var reading = try RatingsReading(
      store, from: source, keepingTimes: split.needsTimes, display: display)
    let table = reading.takeTable()
    if options.model.isLearnedInSteps, let oddity = try options.range.oddity(for: table.values) {
      StandardError.write("warning: \(oddity)\n")
    }
    var run = TrainingRun(
      modelName: name.text, modelKind: options.model.rawValue, outcome: .failed,
      startedAt: startedAt, readSeconds: reading.seconds, dataFingerprint: table.fingerprint(),
      ratingCount: table.count, heldOutCount: 0, userCount: table.userCount,
      itemCount: table.itemCount, parameters: options.record, threadCount: options.threadCount,
      latentVersion: latentVersion)
    let lesson = Lesson(
      titles: reading.titles,
      outputRange: options.range.outputRange(scale: reading.settings.scale, values: table.values))
    defer {
      run.totalSeconds = (ContinuousClock().now - start) / .seconds(1)
      keepRecord(of: run)
    }
    do {
      let ratings = try (consume table).split(by: split)
      return try train(on: ratings, lesson, for: publisher, start: start, run: &run)
    } catch {
      run.note = "\(error)"
      throw error
    }
  }

  /// What is known of the ratings besides themselves.
  private struct Lesson {
    let titles: [ItemID: String]
    let outputRange: OutputRange?
  }

  private func train(
    on ratings: SplitRatings, _ lesson: Lesson, for publisher: Publisher,
    start: ContinuousClock.Instant, run: inout TrainingRun
  ) throws -> TrainingReport {
    run.heldOutCount = ratings.heldOut.count
    guard publication.gate == nil || run.heldOutCount > 0 else {
      throw CommandFailure(
        "--split \(options.split) holds no ratings out, and --if-better has nothing to judge by",
        remedy: "Hold more out, such as --split random:0.2.")
    }
    var results = TrainingResults()
    func judge(_ name: String, _ model: any ScoredModel, fitSeconds: Double?) {
      results.add(
        ModelReport(
          name: name, model: model, ratings: ratings, threadCount: options.threadCount),
        fitSeconds: fitSeconds)
    }
    if ratings.heldOut.count > 0 {
      for kind in [ModelKind.popularity, .biasOnly] where kind != options.model {
        let baseline = try kind.train(
          on: ratings, options: options, outputRange: nil, with: Accompaniment(display))
        let bytes = try contents(of: baseline, ratings, titles: [:]).encoded()
        let model = try StoredModel.open(
          SafetensorsFile(MappedFile(copying: bytes, named: kind.rawValue)))
        judge(kind.rawValue, model, fitSeconds: baseline.fitSeconds)
      }
    }
    let candidate = try learn(from: ratings, lesson, for: publisher, run)
    run.fitSeconds = candidate.fitSeconds
    let staged = try publisher.stage(contents(of: candidate, ratings, titles: lesson.titles))
    judge(options.model.rawValue, staged.model, fitSeconds: candidate.fitSeconds)
    let serving = publication.isWanted ? openServing(publisher.versions) : nil
    let isUnchanged = serving?.manifest.digest == staged.digest
    if publication.gate != nil, let serving, !isUnchanged {
      judge(TrainingResults.inService, serving.model, fitSeconds: nil)
      warnIfOtherwiseSplit(serving.manifest.run)
    }
    run.metrics = results.comparison.figures(main: options.model.rawValue)
    run.totalSeconds = (ContinuousClock().now - start) / .seconds(1)
    if let serving, isUnchanged {
      run.outcome = .unchanged
      run.note = "the same as version \(serving.manifest.version)"
      try publisher.versions.removeCheckpoint()
      return conclude(serving.manifest, .unchanged, nil, results)
    }
    let verdict = publication.gate.map { gate in
      gate.judge(
        candidate: results[options.model.rawValue, gate.metric],
        inService: results[TrainingResults.inService, gate.metric])
    }
    let isPublished = publication.isWanted && !(verdict?.isRefusal ?? false)
    run.outcome = isPublished ? .published : publication.isWanted ? .refused : .written
    run.note = verdict?.reason ?? ""
    let manifest = try staged.commit(run)
    run.version = manifest.version
    try publisher.versions.removeCheckpoint()
    if isPublished { try publisher.promote(manifest.version) }
    return conclude(manifest, run.outcome, verdict, results)
  }

  /// Learns the model itself, with all that was asked for on the way.
  private func learn(
    from ratings: SplitRatings, _ lesson: Lesson, for publisher: Publisher, _ run: TrainingRun
  ) throws -> Candidate {
    guard options.model.isLearnedInSteps else {
      return try options.model.train(
        on: ratings, options: options, outputRange: lesson.outputRange, with: Accompaniment(display)
      )
    }
    var identity = run.parameters
    identity["data"] = run.dataFingerprint
    identity["output range"] = lesson.outputRange.map { "\($0)" }
    return try options.model.train(
      on: ratings, options: options, outputRange: lesson.outputRange,
      with: Accompaniment(display, learning, publisher.versions, identity: identity))
  }

  private func contents(
    of candidate: Candidate, _ ratings: SplitRatings, titles: [ItemID: String]
  ) -> any ModelContents {
    candidate.contents(
      ModelCatalogueContents(ratings: ratings) { titles[ratings.training.identifier(of: $0)] })
  }

  /// The model in service and its manifest; nil when there is none, or when it is damaged: any model
  /// is better than that, and a nightly job must not stop at it.
  private func openServing(_ versions: ModelVersions) -> (
    model: any ScoredModel, manifest: Manifest
  )? {
    do {
      guard let version = try versions.current() else { return nil }
      try versions.verifyWithContents(version)
      return (
        try StoredModel.open(versions.modelPath(of: version)), try versions.manifest(of: version)
      )
    } catch {
      display.say("warning: the model in service is damaged, and counts as none: \(error)")
      return nil
    }
  }

  /// A model that was trained with other ratings held out has seen some of these.
  private func warnIfOtherwiseSplit(_ run: TrainingRun) {
    let theirs = run.parameters.filter { options.splitRecord[$0.key] != nil }
    guard theirs != options.splitRecord else { return }
    let asked = theirs.sorted { $0.key < $1.key }.map { "--\($0.key) \($0.value)" }
    display.say(
      "warning: the model in service was trained with \(asked.joined(separator: " ")): it has seen "
        + "ratings that are held out here, which flatters it. Train with the same, or promote by hand."
    )
  }

  /// Says what became of the version, or of the one that is in service unchanged, and what to do
  /// with it next.
  private func conclude(
    _ manifest: Manifest, _ outcome: TrainingRun.Outcome, _ verdict: QualityGate.Verdict?,
    _ results: TrainingResults
  ) -> TrainingReport {
    let written = "wrote version \(manifest.version) of \(name)"
    let promotion = "latent models promote \(manifest.version) --name \(name)"
    let reason = verdict?.reason ?? ""
    var report = TrainingReport(
      results: results, model: options.model.rawValue, version: manifest.version, outcome: outcome,
      refusal: nil)
    switch outcome {
    case .refused:
      report.refusal =
        "\(written), and did not put it in service: \(reason). To use it all the same: \(promotion)"
    case .published:
      display.conclude(
        "\(written) and put it in service" + (reason.isEmpty ? "" : ": \(reason)"))
    case .unchanged:
      display.conclude(
        "nothing changed: the model is the same as version \(manifest.version) of \(name), to the "
          + "byte, which stays in service; no version was written")
    case .written, .failed:
      display.conclude("\(written). To put it in service: \(promotion)")
    }
    return report
  }

  /// Keeps the record in the store. A store that is only read from, without tables of Latent's, has
  /// no place for it; the manifest has it all the same.
  private func keepRecord(of run: TrainingRun) {
    do { try store.record(run) } catch {
      display.say("the run is not recorded in the store: \(error)")
    }
  }
}
