import DequeModule
import Errors
package import Foundation
import LineProtocol
import Logging
package import NIOCore
import Synchronization

/// The newest requests that took long, as Redis's SLOWLOG has them.
package final class SlowLog: Sendable {
  /// Who asked.
  package struct Client: Sendable, Equatable {
    /// The connection's number (`CLIENT ID`).
    package let connection: Int64
    /// The number of the request on it.
    package let request: Int
    /// The client's address, as CLIENT LIST has it.
    package let address: String
    /// The name that it gave itself; empty when it gave none.
    package let name: String
  }

  /// A request that took long.
  package struct Entry: Sendable, Equatable {
    /// Counted from 0 since the start, whatever is forgotten.
    package let number: Int
    /// When it was answered.
    package let date: Date
    /// Its name, in upper case.
    package let command: String
    /// The start of its first argument; nil where it has none, or such that are not to be shown.
    package let argument: String?
    /// How long it took, from when it had been read until its answer was written.
    package let time: TimeAmount
    /// How long of that a processor was at it; 0 where that is not known, as of what a store does.
    package let computing: TimeAmount
    package let client: Client
  }

  /// How many are kept unless told otherwise.
  package static let usualLimit = 128
  /// The most that may be kept.
  package static let greatestLimit = 4096

  private struct State {
    /// The oldest first.
    var entries = Deque<Entry>()
    var count = 0
    var limit = SlowLog.usualLimit
  }
  private let thresholdNanoseconds: Atomic<Int64>
  private let state = Mutex(State())
  private let warning: RepeatedWarning?
  /// Whether arguments may be shown, by the place of the command in the table: passwords are arguments of some.
  private let shown: [Bool]

  /// Keeps requests of `commands` that take at least `threshold`; each second, `warning` tells of one.
  init(
    threshold: Duration, commands: [CommandDescription], warning: RepeatedWarning?
  ) {
    thresholdNanoseconds = Atomic(TimeAmount(threshold).nanoseconds)
    self.warning = warning
    shown = commands.map { $0.group == .model || $0.group == .ratings }
  }

  /// What is slow takes at least so long.
  package var threshold: Duration {
    get { .nanoseconds(thresholdNanoseconds.load(ordering: .relaxed)) }
    set { thresholdNanoseconds.store(TimeAmount(newValue).nanoseconds, ordering: .relaxed) }
  }

  /// Keeps none from now on, until a threshold is set.
  func turnOff() { thresholdNanoseconds.store(.max, ordering: .relaxed) }

  /// Whether none is kept.
  var isOff: Bool { thresholdNanoseconds.load(ordering: .relaxed) == .max }

  /// How many are kept; the oldest go where there are to be fewer.
  package var limit: Int {
    get { state.withLock { $0.limit } }
    set {
      state.withLock { state in
        state.limit = max(0, min(newValue, Self.greatestLimit))
        state.entries.removeFirst(max(0, state.entries.count - state.limit))
      }
    }
  }

  /// How many took long since the start.
  package var count: Int { state.withLock { $0.count } }

  /// How many are kept.
  var keptCount: Int { state.withLock { $0.entries.count } }

  /// The newest first.
  package var entries: [Entry] { state.withLock { $0.entries.reversed() } }

  /// Forgets all; what is counted stays.
  package func reset() { state.withLock { $0.entries.removeAll() } }

  /// Whether so much time is too much.
  @inline(__always)
  func isSlow(_ time: TimeAmount) -> Bool {
    time.nanoseconds >= thresholdNanoseconds.load(ordering: .relaxed)
  }

  /// As much of the first argument of `request`, of the command at `command` in the table, as ``Excerpt`` looks
  /// at; nil where there is none, or none that may be shown.
  func argument(of request: Request, _ command: Int) -> ArraySlice<UInt8>? {
    guard request.count > 1, command < shown.count, shown[command] else { return nil }
    return request[1].prefix(Excerpt.byteLimit + 4)
  }

  /// Keeps one, which took `time`.
  func note(
    _ command: String, _ argument: String?, _ time: TimeAmount, computing: TimeAmount,
    _ client: Client
  ) {
    let entry = state.withLock { state in
      let entry = Entry(
        number: state.count, date: Date(), command: command, argument: argument, time: time,
        computing: min(computing, time), client: client)
      state.entries.append(entry)
      state.entries.removeFirst(max(0, state.entries.count - state.limit))
      state.count += 1
      return entry
    }
    warning?(entry.line, ["connection": "\(client.connection)", "request": "\(client.request)"])
  }
}

extension SlowLog.Entry {
  /// What the log says of it.
  var line: String {
    let asked = argument.map { "\(command) \(String(reflecting: $0))" } ?? command
    let parts =
      computing > .zero
      ? ", \(computing.milliseconds) of it computing" : ""
    let name = client.name.isEmpty ? "" : " (\(client.name))"
    return "slow request: \(asked) by \(client.address)\(name) took \(time.milliseconds)\(parts)"
  }
}

extension TimeAmount {
  /// In milliseconds, to a thousandth.
  fileprivate var milliseconds: String { "\(Double(wholeMicroseconds) / 1000) ms" }
}
