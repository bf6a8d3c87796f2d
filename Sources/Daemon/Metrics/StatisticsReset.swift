import Synchronization

/// The counts at the last CONFIG RESETSTAT. INFO and LATENCY report what came since, and Prometheus everything.
///
/// The counters themselves go on, as each has one writer, which must not wait.
final class StatisticsReset: Sendable {
  private struct Before {
    var totals: [String: Int] = [:]
    var commands: [CommandFigures] = []
  }
  private let before = Mutex(Before())

  /// Resets the statistics; `totals` by name, and `commands` in their order, are the counts so far.
  func happen(totals: [String: Int], commands: [CommandFigures]) {
    before.withLock { $0 = Before(totals: totals, commands: commands) }
  }

  /// Returns how much of the count `name`, now `total`, came since the reset.
  func since(_ name: String, _ total: Int) -> Int {
    max(0, total - before.withLock { $0.totals[name] ?? 0 })
  }

  /// Returns what of `commands`, always in the same order, came since the reset.
  func since(_ commands: [CommandFigures]) -> [CommandFigures] {
    let before = before.withLock { $0.commands }
    return before.isEmpty ? commands : zip(commands, before).map { $0 - $1 }
  }
}
