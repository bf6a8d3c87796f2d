import Errors
import ModelRegistry

/// A nightly run that nobody told of how it ended, as it was killed: whoever comes next does.
enum KilledNight {
  /// Tells of the run before as `configuration` says, unless one is under way.
  static func tell(by configuration: NightlyConfiguration) throws {
    let runs = NightlyRuns(of: configuration.place.models.registry)
    let command = ProgramArguments.commandLine(ProgramArguments.words ?? [])
    let lock: FileLock
    do throws(ModelFileError) { lock = try runs.lock(command: command) } catch {
      guard error.code == .busy else { throw error }
      // Whoever holds it has told of the one before.
      return StandardError.note("nightly: \(error.problem)")
    }
    defer { withExtendedLifetime(lock) {} }
    try tell(configuration.nightly.options.notification(), among: runs)
  }

  /// Notes that the newest of `runs` was killed, if it was, and tells of it, if nobody was told: again where the one who told was
  /// killed, too. Only for the holder of the lock. Returns that run as its record says by now; nil where there is none.
  @discardableResult
  static func tell(
    _ notification: NightlyNotification, among runs: NightlyRuns
  ) throws -> NightlyRun? {
    guard var last = try runs.all().runs.last else { return nil }
    // The lock is this process's: nobody else is at it.
    guard [.running, .killed].contains(last.outcome),
      last.notices.allSatisfy({ $0.failure != nil })
    else { return last }
    let stage = last.stages.last.map { " at \($0.name)" } ?? ""
    last.outcome = .killed
    last.reason =
      "process \(last.processID) on \(last.host) ended\(stage) without a word: it was killed (out of memory?), or the "
      + "machine went down"
    try runs.keep(last)
    StandardError.note("nightly: run \(last.number) was killed: \(last.reason)")
    last.notices = notification.tell(of: last)
    guard !last.notices.isEmpty else { return last }
    try runs.keep(last)
    return last
  }
}
