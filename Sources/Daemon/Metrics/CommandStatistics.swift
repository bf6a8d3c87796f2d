/// The counts of one event loop for the requests of one command.
package final class CommandStatistics: Sendable {
  /// Requests answered without an error.
  let answered = Counter()
  /// Requests answered with an error.
  let errors = Counter()
  /// Those of the errors that were refused before execution, as the command does not take the arguments, or the client
  /// may not use it.
  let rejected = Counter()
  /// How long requests took: from when the event loop had read them until their answers were written, including waits
  /// for a turn or a thread. Commands queued for EXEC count when they are executed.
  let durations = DurationHistogram()
}

/// A recent snapshot of the counts of all event loops for the requests of one command.
package struct CommandFigures: Sendable, Equatable {
  /// The command's name in upper case.
  package let name: String
  /// Requests answered without an error.
  package private(set) var answered = 0
  /// Requests answered with an error.
  package private(set) var errors = 0
  /// Those of the errors that were refused before execution.
  package private(set) var rejected = 0
  /// How long requests took.
  package private(set) var durations = DurationHistogram.Figures.none

  /// Sums the `statistics` of the command `name`, one for each event loop.
  init(name: String, _ statistics: [CommandStatistics]) {
    self.name = name
    for counted in statistics {
      answered += counted.answered.value
      // Counted after its error, so read before.
      rejected += counted.rejected.value
      errors += counted.errors.value
      durations = durations + counted.durations.figures
    }
  }

  /// Returns what was counted between `before` and `now`.
  static func - (now: CommandFigures, before: CommandFigures) -> CommandFigures {
    var since = now
    since.answered -= before.answered
    since.errors -= before.errors
    since.rejected -= before.rejected
    since.durations = now.durations - before.durations
    return since
  }
}
