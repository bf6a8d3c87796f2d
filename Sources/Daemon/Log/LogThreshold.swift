package import Logging
import Synchronization

/// The minimum level of logged messages. Shared by all loggers of the program, so that it can be changed at run time.
package final class LogThreshold: Sendable {
  /// The levels that `--log-level` lists and CONFIG SET loglevel accepts; `--log-level` accepts others, too.
  package static let choices: [Logger.Level] = [.debug, .info, .warning, .error]

  /// The index of the level among all, which is compared with that of each message.
  private let place: Atomic<Int>

  package init(_ level: Logger.Level) {
    place = Atomic(Self.place(of: level))
  }

  /// The least severe level that is logged.
  package var value: Logger.Level {
    get { Logger.Level.allCases[place.load(ordering: .relaxed)] }
    set { place.store(Self.place(of: newValue), ordering: .relaxed) }
  }

  private static func place(of level: Logger.Level) -> Int {
    Logger.Level.allCases.firstIndex(of: level) ?? 0
  }
}
