import Synchronization

/// What had been counted when CONFIG RESETSTAT was said last: INFO and LATENCY tell what came since, and Prometheus of all.
///
/// The counts themselves go on, as each has one writer, which is not asked to wait.
final class StatisticsReset: Sendable {
  private struct Before {
    var totals: [String: Int] = [:]
    var commands: [CommandFigures] = []
  }
  private let before = Mutex(Before())

  /// Has what is counted from now on told alone, where `totals` by their names and `commands`, in their order, are what was counted so far.
  func happen(totals: [String: Int], commands: [CommandFigures]) {
    before.withLock { $0 = Before(totals: totals, commands: commands) }
  }

  /// What of the count `name`, which is `total` by now, came since.
  func since(_ name: String, _ total: Int) -> Int {
    max(0, total - before.withLock { $0.totals[name] ?? 0 })
  }

  /// What of `commands`, which are all in the same order as ever, came since.
  func since(_ commands: [CommandFigures]) -> [CommandFigures] {
    let before = before.withLock { $0.commands }
    return before.isEmpty ? commands : zip(commands, before).map { $0 - $1 }
  }
}
