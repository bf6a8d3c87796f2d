import Errors
import ModelRegistry

/// Notification for a nightly run that was killed and could not send it itself. The next run sends it.
enum KilledNight {
  /// Notifies of the previous run according to `configuration`, unless a run is in progress.
  static func tell(by configuration: NightlyConfiguration) throws {
    let runs = NightlyRuns(of: configuration.place.models.registry)
    let command = ProgramArguments.commandLine(ProgramArguments.words ?? [])
    let lock: FileLock
    do throws(ModelFileError) { lock = try runs.lock(command: command) } catch {
      guard error.code == .busy else { throw error }
      // The run that holds the lock has notified of the previous one.
      return StandardError.note("nightly: \(error.problem)")
    }
    defer { withExtendedLifetime(lock) {} }
    try tell(configuration.nightly.options.notification(), among: runs)
  }

  /// Records that the newest of `runs` was killed, if it was, and notifies of it unless that was done. The notification
  /// is repeated if the process that sent it was killed, too. The caller must hold the lock. Returns the newest run
  /// with its updated record; nil if there is none.
  @discardableResult
  static func tell(
    _ notification: NightlyNotification, among runs: NightlyRuns
  ) throws -> NightlyRun? {
    guard var last = try runs.all().runs.last else { return nil }
    // This process holds the lock, so no other process works on the run.
    guard [.running, .killed].contains(last.outcome),
      last.notices.allSatisfy({ $0.failure != nil })
    else { return last }
    let stage = last.stages.last.map { " at \($0.name)" } ?? ""
    last.outcome = .killed
    last.reason =
      "process \(last.processID) on \(last.host) ended\(stage) without an outcome: "
      + "it was killed (out of memory?), or the machine went down"
    try runs.keep(last)
    StandardError.note("nightly: run \(last.number) was killed: \(last.reason)")
    last.notices = notification.tell(of: last)
    guard !last.notices.isEmpty else { return last }
    try runs.keep(last)
    return last
  }
}
