/// What one event loop has counted of the requests of one command.
package final class CommandStatistics: Sendable {
  /// Those that were answered.
  let answered = Counter()
  /// Those that were answered with an error.
  let errors = Counter()
  /// Those of them that were refused before they were carried out, as what they say is not what the command takes, or their client
  /// may not say it.
  let rejected = Counter()
  /// How long they took: from when the event loop had read them until their answers were written, waiting for a
  /// turn or a thread included. What is queued for EXEC counts as it is carried out.
  let durations = DurationHistogram()
}

/// What all event loops have counted of the requests of one command, as it stood a moment ago.
package struct CommandFigures: Sendable, Equatable {
  /// The command's name in upper case.
  package let name: String
  /// Requests that were answered.
  package private(set) var answered = 0
  /// Requests that were answered with an error.
  package private(set) var errors = 0
  /// Those of them that were refused before they were carried out.
  package private(set) var rejected = 0
  /// How long they took.
  package private(set) var durations = DurationHistogram.Figures.none

  /// What `statistics` have counted of the command `name`, by event loop.
  init(name: String, _ statistics: [CommandStatistics]) {
    self.name = name
    for counted in statistics {
      answered += counted.answered.value
      // Counted behind the error that it is, so looked at before.
      rejected += counted.rejected.value
      errors += counted.errors.value
      durations = durations + counted.durations.figures
    }
  }

  /// What of `now` came since it was `before`.
  static func - (now: CommandFigures, before: CommandFigures) -> CommandFigures {
    var since = now
    since.answered -= before.answered
    since.errors -= before.errors
    since.rejected -= before.rejected
    since.durations = now.durations - before.durations
    return since
  }
}
