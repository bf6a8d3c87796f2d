import Errors
import Evaluation
import Foundation
import Interactions
import Learning
import ModelRegistry
import Publishing
import Ratings
import Recommenders
import Trainers

/// One training from the store to a version: read, split, learn, judge, write, publish, record.
struct TrainingSession {
  let store: any RatingsStore
  let source: RatingsSource
  let registry: ModelRegistry
  let name: ModelName
  let options: TrainingOptions
  let learning: LearningOptions
  /// What the version must pass to go in service; nil when it need not go there.
  let publication: PublishingPolicy?
  let display: TrainingDisplay
  /// What the program was called with.
  let arguments: [String]

  /// Does it all. Throws with nothing published when any part fails; the failure of a training that
  /// got as far as its ratings is recorded in the store too.
  func run() throws -> TrainingReport {
    let start = ContinuousClock().now
    let startedAt = Timestamp.now.description
    let publisher = try Publisher(of: name, in: registry, command: command(arguments))
    let split = try options.parsedSplit()
    var reading = try RatingsReading(
      store, from: source, keepingTimes: split.needsTimes, display: display)
    let table = reading.takeTable()
    if options.model.isLearnedInSteps, let oddity = try options.range.oddity(for: table.values) {
      display.warn(oddity)
    }
    var run = TrainingRun(
      modelName: name.text, modelKind: options.model.rawValue, outcome: .failed,
      startedAt: startedAt, readSeconds: reading.seconds, dataFingerprint: table.fingerprint(),
      ratingCount: table.count, heldOutCount: 0, userCount: table.userCount,
      itemCount: table.itemCount, parameters: options.record, threadCount: options.threadCount,
      latentVersion: latentVersion)
    let lesson = Lesson(
      titles: reading.titles,
      outputRange: options.range.outputRange(scale: reading.settings.scale, values: table.values),
      valuesVary: table.values.contains { $0 != table.values[0] })
    let ending: Ending
    do {
      let ratings = try (consume table).split(by: split)
      ending = try train(on: ratings, lesson, for: publisher, start: start, run: &run)
    } catch {
      run.note = ProgramArguments.redaction("\(error)")
      record(run, since: start)
      throw error
    }
    record(run, since: start)
    return report(ending, run, publisher.versions)
  }

  /// What is known of the ratings besides themselves.
  private struct Lesson {
    let titles: [ItemID: String]
    let outputRange: OutputRange?
    /// Whether there are two that differ.
    let valuesVary: Bool
  }

  /// What a training ended with.
  private struct Ending {
    let results: TrainingResults
    /// The version that was written, or that is in service unchanged.
    let version: Int
  }

  /// Keeps `run` true at each moment: it says what has happened so far, whatever throws.
  private func train(
    on ratings: SplitRatings, _ lesson: Lesson, for publisher: Publisher,
    start: ContinuousClock.Instant, run: inout TrainingRun
  ) throws -> Ending {
    run.heldOutCount = ratings.heldOut.count
    // Before anything is learned, the baselines among it.
    try MemoryDemand(
      of: options, users: run.userCount, items: run.itemCount,
      ratings: run.ratingCount - run.heldOutCount
    ).check()
    let comparison = publication?.qualityGate
    guard comparison == nil || run.heldOutCount > 0 else {
      throw CommandFailure(
        "--split \(options.split) holds no ratings out of \(run.ratingCount), and --if-better has "
          + "nothing to judge by",
        remedy: "There are too few ratings for this split: import more, or leave --if-better out.")
    }
    if run.heldOutCount == 0, options.split != "none" {
      display.warn(
        "nothing was held out: the model was not judged, as there are too few ratings "
          + "(\(run.ratingCount)) for --split \(options.split)")
    }
    var results = TrainingResults()
    func judge(_ name: String, _ model: any ScoredModel, fitSeconds: Double?) {
      results.add(
        ModelReport(
          name: name, model: model, ratings: ratings, threadCount: options.threadCount),
        fitSeconds: fitSeconds)
    }
    if ratings.heldOut.count > 0 {
      for kind in ModelKind.baselines where kind != options.model {
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
    let incumbent =
      publication == nil ? nil : Incumbent(among: publisher.versions, for: comparison, display)
    let serving = incumbent?.opened
    let isUnchanged =
      incumbent?.rival == .inService && serving?.manifest.digest == staged.digest
    if comparison != nil, let incumbent, let serving, !isUnchanged {
      judge(incumbent.name, serving.model, fitSeconds: nil)
      warnIfOtherwiseSplit(incumbent, serving.manifest.run)
    }
    run.metrics = results.comparison.figures(main: options.model.rawValue)
    run.totalSeconds = (ContinuousClock().now - start) / .seconds(1)
    if let serving, isUnchanged {
      run.outcome = .unchanged
      run.note = "the same as version \(serving.manifest.version)"
      try publisher.versions.removeCheckpoint()
      return Ending(results: results, version: serving.manifest.version)
    }
    let report = results.report(of: options.model.rawValue)
    let isBaseline = !options.model.isLearnedInSteps
    let baselines = ModelKind.baselines.compactMap { results.report(of: $0.rawValue) }
    let verdict =
      publication?.judge(
        report, isBaseline: isBaseline, valuesVary: lesson.valuesVary, against: baselines,
        inService: incumbent.flatMap { results.report(of: $0.name) },
        of: incumbent?.rival ?? .inService) ?? QualityGate.Verdict(of: [])
    if let publication, !verdict.isRefusal,
      let reason = publication.shortcoming(
        of: report, isBaseline: isBaseline, valuesVary: lesson.valuesVary, against: baselines)
    {
      display.warn("worse than a baseline, and put in service all the same (--force): \(reason)")
    }
    var written = run
    written.outcome = verdict.isRefusal ? .refused : .written
    written.note = verdict.reason
    // The manifest stands before the version can be in service, and can't say that it is.
    do {
      run = try staged.commit(written).run
      if publication != nil, !verdict.isRefusal {
        try promote(publisher, run: &run)
      }
    } catch {
      // It may have failed behind the step that counts.
      if let manifest = staged.committed {
        if run.version == nil { run = manifest.run }
        concludeUnfinished(run, publisher.versions)
      }
      throw error
    }
    try publisher.versions.removeCheckpoint()
    guard let version = run.version else { preconditionFailure("a version without a number") }
    return Ending(results: results, version: version)
  }

  /// Puts the version of `run` in service, and enters that in the run when it is so.
  private func promote(_ publisher: Publisher, run: inout TrainingRun) throws {
    guard let version = run.version else { preconditionFailure("a version without a number") }
    do { try publisher.promote(version) } catch {
      // It may have failed behind the step that counts.
      if (try? publisher.versions.current()) == version { run.outcome = .published }
      throw error
    }
    run.outcome = .published
  }

  /// Says what is true of the version of `run` although something failed behind its writing.
  private func concludeUnfinished(_ run: TrainingRun, _ versions: ModelVersions) {
    guard let version = run.version else { preconditionFailure("a version without a number") }
    let written = "wrote version \(version) of \(name)"
    let promotion = versions.command("models promote \(version)")
    switch run.outcome {
    case .published:
      display.conclude(
        "\(written) and put it in service, which a power cut may undo; once what is wrong is mended: "
          + promotion)
    case .refused:
      display.conclude("\(written), and did not put it in service: \(run.note)")
    case .written where publication != nil:
      display.conclude(
        "\(written), and could not put it in service; once what is wrong is mended: \(promotion)")
    case .written, .unchanged, .failed:
      display.conclude("\(written), which a power cut may undo")
    }
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
    identity[CheckpointFile.dataName] = run.dataFingerprint
    identity["output range"] = lesson.outputRange.map { "\($0)" }
    do {
      return try options.model.train(
        on: ratings, options: options, outputRange: lesson.outputRange,
        with: Accompaniment(display, learning, publisher.versions, identity: identity))
    } catch let error as TrainingError where error.code == .cancelled {
      let again = command(arguments + (learning.resume ? [] : ["--resume"]))
      throw CommandFailure(
        "\(error.place): \(error.problem)", remedy: "To go on from it: \(again)")
    } catch let error as TrainingError where error.code == .badState {
      throw CommandFailure(
        "\(error.place): \(error.problem)",
        remedy: "\(error.remedy) Leave out --resume to start anew.")
    }
  }

  /// The command line that calls the program with `arguments`, without the passwords among them.
  private func command(_ arguments: [String]) -> String {
    (["latent"] + arguments.map { ShellWord($0.withoutPasswords).description })
      .joined(separator: " ")
  }

  private func contents(
    of candidate: Candidate, _ ratings: SplitRatings, titles: [ItemID: String]
  ) -> any ModelContents {
    candidate.contents(
      ModelCatalogueContents(ratings: ratings) { titles[ratings.training.identifier(of: $0)] })
  }

  /// A model that was trained with other ratings held out has seen some of these.
  private func warnIfOtherwiseSplit(_ incumbent: Incumbent, _ run: TrainingRun) {
    let theirs = run.parameters.filter { options.splitRecord[$0.key] != nil }
    guard theirs != options.splitRecord else { return }
    let asked = theirs.sorted { $0.key < $1.key }.map { "--\($0.key) \($0.value)" }
    let subject = incumbent.rival == .inService ? "the model in service" : incumbent.name
    display.warn(
      "\(subject) was trained with \(asked.joined(separator: " ")): it has seen ratings that are "
        + "held out here, which flatters it. Train with the same, or promote by hand.")
  }

  /// Keeps the record in the store. A store that is only read from, without tables of Latent's, has
  /// no place for it; the manifest has it all the same.
  private func record(_ run: TrainingRun, since start: ContinuousClock.Instant) {
    var run = run
    run.totalSeconds = (ContinuousClock().now - start) / .seconds(1)
    do { try store.record(run) } catch {
      let problem = "the run is not recorded in the store: \(error)"
      if source != .table, [.notMigrated, .foreign].contains(error.code) {
        display.say(problem)
      } else {
        display.warn(problem)
      }
    }
  }

  /// Says what became of the version, or of the one that is in service unchanged, and what to do
  /// with it next.
  private func report(
    _ ending: Ending, _ run: TrainingRun, _ versions: ModelVersions
  ) -> TrainingReport {
    let written = "wrote version \(ending.version) of \(name)"
    let promotion = versions.command("models promote \(ending.version)")
    var report = TrainingReport(
      results: ending.results, model: options.model.rawValue, version: ending.version,
      outcome: run.outcome, warnings: display.warnings, refusal: nil)
    switch run.outcome {
    case .refused:
      report.refusal =
        "\(written), and did not put it in service: \(run.note). To use it all the same: \(promotion)"
    case .published:
      display.conclude(
        "\(written) and put it in service" + (run.note.isEmpty ? "" : ": \(run.note)"))
    case .unchanged:
      display.conclude(
        "nothing changed: the model is the same as version \(ending.version) of \(name), to the "
          + "byte, which stays in service; no version was written")
    case .written, .failed:
      display.conclude("\(written). To put it in service: \(promotion)")
    }
    return report
  }
}
