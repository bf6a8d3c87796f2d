import Errors
import LineProtocol
import NIOCore

/// Counts, by command, what an event loop answers, and how long each answer took. Used on that loop alone.
///
/// The answers of a turn leave in one write, so that all of them took as long as until then: the clock is
/// looked at once a turn, and a request costs two additions.
final class TurnMeter {
  /// What a turn has done that took longest.
  private struct Work {
    let command: Int
    /// Whether ``longestArgument`` is the start of its first argument.
    let hasArgument: Bool
    let time: TimeAmount
  }

  private let statistics: WorkerStatistics
  private let service: ServiceState
  /// How many requests of each command the turn has answered.
  private var counts: [Int]
  /// The commands of which it has answered any.
  private var touched: [Int] = []
  private var longest: Work?
  /// Memory that is kept: an excerpt is made of it when the turn was slow.
  private var longestArgument: [UInt8] = []
  /// Whether the turn has waited for a password to be looked at, which is to take long.
  private var hasWaitedForPassword = false
  /// The command that the turn has noted last; nil where it has noted none.
  private(set) var latest: Int?

  init(service: ServiceState, statistics: WorkerStatistics) {
    self.service = service
    self.statistics = statistics
    counts = Array(repeating: 0, count: statistics.commands.count)
  }

  /// Counts a request of the command at `command` in the table, which was answered, or refused where it
  /// `isError`.
  @inline(__always)
  func note(_ command: Int, isError: Bool) {
    let counted = statistics.commands[command]
    latest = command
    if isError { counted.errors.increment() } else { counted.answered.increment() }
    if counts[command] == 0 { touched.append(command) }
    counts[command] += 1
  }

  /// Counts that the request that was noted last, of the command at `command`, was not carried out at all.
  func noteRejection(_ command: Int) { statistics.commands[command].rejected.increment() }

  /// Notes that the turn answers who has waited for their password to be looked at: how long that took tells nobody of anything slow.
  func noteLogin() { hasWaitedForPassword = true }

  /// Notes that the answer to `request` took `time` of a processor.
  func noteWork(_ request: Request, _ command: Int, _ time: TimeAmount) {
    guard longest.map({ time > $0.time }) ?? true else { return }
    let argument = service.slowLog.argument(of: request, command)
    longest = Work(command: command, hasArgument: argument != nil, time: time)
    longestArgument.removeAll(keepingCapacity: true)
    if let argument { longestArgument.append(contentsOf: argument) }
  }

  /// Counts how long what was noted took: those who asked have been answered by `now`, and had asked by
  /// `arrival`. `client` says who asked, should it have been slow.
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
