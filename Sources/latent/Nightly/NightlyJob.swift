import Errors
import Foundation
import Jobs
import Learning
import ModelRegistry
import Ratings

/// A nightly run, which executes its commands in order and keeps a record of its progress.
final class NightlyJob {
  /// The maximum age in seconds of an interrupted run, or of the first of several, that can be resumed. The import of
  /// an older run is out of date.
  private static let mostAge = 12.0 * 3600

  /// The maximum age in seconds of a run whose training was finished.
  private static let mostAgeOfTrained = 3600.0

  private let configuration: NightlyConfiguration
  private let runs: NightlyRuns
  private let lock: FileLock
  private let notification: NightlyNotification
  private let beginning = ContinuousClock.now
  private(set) var run: NightlyRun

  /// Takes the lock and starts the record, which resumes the previous run if that was interrupted or killed. Notifies
  /// of a run that was killed.
  init(_ configuration: NightlyConfiguration) throws {
    self.configuration = configuration
    notification = try configuration.nightly.options.notification()
    runs = NightlyRuns(of: configuration.place.models.registry)
    lock = try Self.lock(runs, as: configuration, telling: notification)
    let before = try KilledNight.tell(notification, among: runs)
    run = try runs.begin { number in Self.begun(number, as: configuration) }
    if let before, canGoOn(with: before) { goOn(with: before) }
  }

  /// Executes the run. Throws its error, or a ``GateRefusal``.
  func perform() throws {
    say("run \(run.number) of \(run.modelName), by \(configuration.file.path)")
    if let before = run.resumes { say("resuming run \(before), which did not finish") }
    var failures: [any Error] = []
    do {
      if let importing = configuration.importing {
        try stage(.importing) { try importing.run() }
      }
      try stage(.training, train)
      // The published version stays and old versions are pruned even if the page fails.
      let further: [(isAsked: Bool, table: ConfigurationTable, work: () throws -> Void)] = [
        (configuration.evaluating != nil, .evaluating, evaluate),
        (configuration.pruning != nil, .pruning, prune),
      ]
      for (_, table, work) in further.filter(\.isAsked) {
        do { try stage(table, work) } catch  where !Self.isInterruption(error) {
          failures.append(error)
        }
      }
    } catch { failures = [error] }
    try close(failures.first)
  }
}

/// The stages.
extension NightlyJob {
  /// Runs `work` as the stage of `table`, unless a previous run finished it; retries while the store is unavailable.
  private func stage(_ table: ConfigurationTable, _ work: () throws -> Void) throws {
    let name = table.name ?? ""
    guard run.stage(name)?.state != .doneBefore else { return say("\(name): done before") }
    let start = ContinuousClock.now
    run.stages.append(NightlyRun.Stage(name))
    let place = run.stages.count - 1
    try keep()
    say(name)
    /// Records the state of the stage.
    func note(_ state: NightlyRun.Stage.State, _ text: String = "") throws {
      run.stages[place].state = state
      run.stages[place].note = text
      run.stages[place].seconds = (ContinuousClock.now - start) / .seconds(1)
      try keep()
    }
    do {
      try configuration.nightly.options.patience.run {
        run.stages[place].attempts += 1
        try note(.running)
        try work()
      } waiting: { error, pause in
        let text =
          "the store is unavailable, trying again in \(TrainingDisplay.format(pause / .seconds(1)))"
        run.warn("\(name): \(text): \(Self.words(for: error))")
        say("\(name): \(text): \(Self.words(for: error))")
        // The record can do without this note: a failure to write it is ignored.
        try? note(.running, text)
      }
    } catch {
      try? note(.failed, Self.words(for: error))
      throw error
    }
    try note(.done)
  }

  private func train() throws {
    var command = configuration.training
    let isInterrupted = try !command.models.versions.checkpoints().isEmpty || command.tune != nil
    command.monitor.resume = command.canResume && isInterrupted
    var display = self.display(for: command)
    let outcome: TrainingOutcome
    do { outcome = try command.train(display) } catch let error as TrainingError
      where error.code == .badState
    {
      say("train: starting over, as the checkpoint is of another training: \(error.problem)")
      command.monitor.resume = false
      display = self.display(for: command)
      outcome = try command.train(display)
    }
    let training = outcome.run
    run.version = outcome.version
    run.verdict = NightlyRun.Outcome(training.outcome)
    run.reason = training.note
    run.figures = training.metrics.mapValues(\.value)
    run.counts = training.counts
    run.mainFigures = training.mainMetrics
    for warning in display.warnings { run.warn(warning) }
    // The refusal ends the run once the other stages are done.
    do {
      try outcome.conclude(display, of: command.models.versions, as: command.output.format)
    } catch is GateRefusal {}
  }

  /// Returns the display of the training. It records the version before that can be in service, in case the run is
  /// killed then.
  private func display(for command: Train) -> TrainingDisplay {
    let display = TrainingDisplay(isQuiet: command.quiet)
    display.onVersion = { [self] version in
      run.version = version
      // A full disk must not stop the run.
      try? keep()
    }
    return display
  }

  /// Writes the report about the trained version, whether it is in service or not.
  private func evaluate() throws {
    guard var command = configuration.evaluating else { return }
    command.version = run.version
    try command.run()
  }

  private func prune() throws { try configuration.pruning?.run() }
}

/// The record.
extension NightlyJob {
  /// Returns whether the previous run was interrupted or killed, and this run may resume it.
  private func canGoOn(with before: NightlyRun) -> Bool {
    let age = (try? Date(before.workBegan, strategy: .iso8601)).map { -$0.timeIntervalSinceNow }
    // After the training only the report and the pruning are missing: resume soon or not at all.
    let isTrained = before.stage("train").map { $0.state != .running } ?? false
    guard let age, [.interrupted, .killed].contains(before.outcome) else { return false }
    return before.configurationDigest == configuration.digest
      && before.modelName == configuration.place.models.name.text
      && age < (isTrained ? Self.mostAgeOfTrained : Self.mostAge)
  }

  /// Returns the record of a new run.
  private static func begun(_ number: Int, as configuration: NightlyConfiguration) -> NightlyRun {
    NightlyRun(
      number: number, modelName: configuration.place.models.name.text,
      startedAt: Date.now.formatted(.iso8601), configuration: configuration.file.path,
      configurationDigest: configuration.digest, host: ProcessInfo.processInfo.hostName,
      processID: getpid(), latentVersion: latentVersion)
  }

  /// Takes the lock. If that fails, the run has no number and no record, and the notification is sent here; but not if
  /// another run is in progress, which sends its own.
  private static func lock(
    _ runs: NightlyRuns, as configuration: NightlyConfiguration,
    telling notification: NightlyNotification
  ) throws(ModelFileError) -> FileLock {
    let command = ProgramArguments.commandLine(ProgramArguments.words ?? [])
    do throws(ModelFileError) { return try runs.lock(command: command) } catch {
      guard error.code != .busy else { throw error }
      var run = begun(0, as: configuration)
      run.outcome = .failed
      run.reason = words(for: error)
      run.endedAt = Date.now.formatted(.iso8601)
      notification.tell(of: run)
      throw error
    }
  }

  /// Takes over the finished stages of `before`.
  private func goOn(with before: NightlyRun) {
    run.resumes = before.number
    run.workBegan = before.workBegan
    for stage in before.stages where [.done, .doneBefore].contains(stage.state) {
      // The report and the pruning are cheap, and belong to the version that this run ends with.
      guard ["import", "train"].contains(stage.name) else { continue }
      run.stages.append(NightlyRun.Stage(stage.name, .doneBefore))
    }
    guard run.stage("train") != nil else { return }
    (run.version, run.verdict, run.reason) = (before.version, before.verdict, before.reason)
    (run.figures, run.counts, run.mainFigures) = (before.figures, before.counts, before.mainFigures)
  }

  /// Closes the record, notifies, and throws the run's error or refusal.
  private func close(_ failure: (any Error)?) throws {
    let verdict = run.verdict ?? .failed
    run.outcome =
      failure.map { Self.isInterruption($0) ? .interrupted : .failed } ?? verdict
    if let failure { run.reason = Self.words(for: failure) }
    run.endedAt = Date.now.formatted(.iso8601)
    // The record is closed before the notification, which may take long; a full disk must not prevent the notification.
    let isKept = Result { try keep() }
    run.notices = notification.tell(of: run)
    try isKept.get()
    if !run.notices.isEmpty { try keep() }
    let took = TrainingDisplay.format(run.totalSeconds)
    let version = run.version.map { ", version \($0)" } ?? ""
    say("run \(run.number) of \(run.modelName): \(run.outcome.rawValue)\(version), in \(took)")
    if let failure {
      guard Self.isInterruption(failure) else { throw failure }
      throw CommandFailure(
        "the run was interrupted", remedy: "Start it again: it continues from there.")
    }
    guard run.outcome == .refused else { return }
    let place = configuration.place.models
    let refused = run.version ?? 0
    throw GateRefusal(
      description:
        "version \(refused) of \(run.modelName) is not in service: \(run.reason). To use it anyway: "
        + place.registry.versions(of: place.name).command("models promote \(refused)"))
  }

  private func keep() throws(ModelFileError) {
    run.totalSeconds = (ContinuousClock.now - beginning) / .seconds(1)
    try runs.keep(run)
  }

  private func say(_ text: String) { StandardError.note("nightly: \(text)") }

  private static func isInterruption(_ error: any Error) -> Bool {
    (error as? TrainingError)?.code == .cancelled
  }

  /// Returns an error in words, to be printed and recorded.
  private static func words(for error: any Error) -> String {
    ProgramArguments.redaction("\((error as? StoreError)?.withCommands ?? error)")
  }
}

extension NightlyRun.Outcome {
  /// Converts the outcome of the training.
  fileprivate init(_ outcome: TrainingRun.Outcome) {
    self =
      switch outcome {
      case .written: .written
      case .published: .published
      case .unchanged: .unchanged
      case .refused: .refused
      case .failed: .failed
      }
  }
}
