package import Logging
import Synchronization

/// What is logged: messages of a level, and graver ones. Shared by all loggers of the program, so that it can be changed while it runs.
package final class LogThreshold: Sendable {
  /// Those that `--log-level` and CONFIG SET loglevel are about; others may be given.
  package static let choices: [Logger.Level] = [.debug, .info, .warning, .error]

  /// The place of the level among all, which each message is compared with.
  private let place: Atomic<Int>

  package init(_ level: Logger.Level) {
    place = Atomic(Self.place(of: level))
  }

  /// The least grave level that is logged.
  package var value: Logger.Level {
    get { Logger.Level.allCases[place.load(ordering: .relaxed)] }
    set { place.store(Self.place(of: newValue), ordering: .relaxed) }
  }

  private static func place(of level: Logger.Level) -> Int {
    Logger.Level.allCases.firstIndex(of: level) ?? 0
  }
}
