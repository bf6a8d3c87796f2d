import Errors
import LineProtocol
import NIOCore

/// Counts an event loop's answers by command, and how long each took. Used on that loop alone.
///
/// The answers of a turn leave in one write, so all of them took until then: the clock is read once a turn, and a
/// request costs two additions.
final class TurnMeter {
  /// The longest work of a turn.
  private struct Work {
    let command: Int
    /// Whether ``longestArgument`` is the start of its first argument.
    let hasArgument: Bool
    let time: TimeAmount
  }

  private let statistics: WorkerStatistics
  private let service: ServiceState
  /// The number of requests answered in this turn, by command.
  private var counts: [Int]
  /// The commands with any answered requests in this turn.
  private var touched: [Int] = []
  private var longest: Work?
  /// Reused memory: it becomes an excerpt if the turn was slow.
  private var longestArgument: [UInt8] = []
  /// Whether the turn has waited for a password check, which is meant to take long.
  private var hasWaitedForPassword = false
  /// The latest command noted in this turn; `nil` if there is none.
  private(set) var latest: Int?

  init(service: ServiceState, statistics: WorkerStatistics) {
    self.service = service
    self.statistics = statistics
    counts = Array(repeating: 0, count: statistics.commands.count)
  }

  /// Counts a request of the command with the index `command` in the table, which was answered, or refused if it
  /// `isError`.
  @inline(__always)
  func note(_ command: Int, isError: Bool) {
    let counted = statistics.commands[command]
    latest = command
    if isError { counted.errors.increment() } else { counted.answered.increment() }
    if counts[command] == 0 { touched.append(command) }
    counts[command] += 1
  }

  /// Counts that the latest request noted, of the command `command`, was not executed.
  func noteRejection(_ command: Int) { statistics.commands[command].rejected.increment() }

  /// Notes that the turn answers a client that has waited for its password check, whose duration must not count as
  /// slow.
  func noteLogin() { hasWaitedForPassword = true }

  /// Notes that the answer to `request` took `time` of a processor.
  func noteWork(_ request: Request, _ command: Int, _ time: TimeAmount) {
    guard longest.map({ time > $0.time }) ?? true else { return }
    let argument = service.slowLog.argument(of: request, command)
    longest = Work(command: command, hasArgument: argument != nil, time: time)
    longestArgument.removeAll(keepingCapacity: true)
    if let argument { longestArgument.append(contentsOf: argument) }
  }

  /// Records how long the noted requests took: they were answered by `now`, and had arrived by `arrival`. `client` says
  /// who asked, if it was slow.
  func finish(
    from arrival: NIODeadline, to now: NIODeadline, by client: () -> SlowLog.Client
  ) {
    guard !touched.isEmpty else { return }
    let time = now > arrival ? now - arrival : .zero
    if !hasWaitedForPassword, service.latency.isLong(time) { service.latency.note(.command, time) }
    if !hasWaitedForPassword, service.slowLog.isSlow(time) {
      let command = longest?.command ?? touched[0]
      let argument = longest?.hasArgument == true ? Excerpt.of(longestArgument) : nil
      service.slowLog.note(
        name(of: command), argument, time, computing: longest?.time ?? .zero, client())
    }
    for command in touched {
      statistics.commands[command].durations.add(counts[command], of: time)
      counts[command] = 0
    }
    touched.removeAll(keepingCapacity: true)
    longest = nil
    latest = nil
    hasWaitedForPassword = false
  }

  private func name(of command: Int) -> String {
    command < service.commands.count
      ? service.commands[command].description.name : ServiceState.unknownCommandName
  }
}
