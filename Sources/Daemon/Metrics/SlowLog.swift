import DequeModule
import Errors
package import Foundation
import LineProtocol
import Logging
package import NIOCore
import Synchronization

/// The latest slow requests, as Redis's SLOWLOG keeps them.
package final class SlowLog: Sendable {
  /// The client that asked.
  package struct Client: Sendable, Equatable {
    /// The connection's number (`CLIENT ID`).
    package let connection: Int64
    /// The number of the request on the connection.
    package let request: Int
    /// The client's address, as CLIENT LIST has it.
    package let address: String
    /// The name that it gave itself; empty if none.
    package let name: String
  }

  /// A slow request.
  package struct Entry: Sendable, Equatable {
    /// Counted from 0 since the start, whatever is removed.
    package let number: Int
    /// When it was answered.
    package let date: Date
    /// The command's name, in upper case.
    package let command: String
    /// The start of the first argument; `nil` if there is none, or none that may be shown.
    package let argument: String?
    /// How long it took, from when it had been read until its answer was written.
    package let time: TimeAmount
    /// The processor time within that; 0 if unknown, as for the work of a store.
    package let computing: TimeAmount
    package let client: Client
  }

  /// The default number of entries kept.
  package static let usualLimit = 128
  /// The maximum number of entries kept.
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
  /// Whether arguments may be shown, by the index of the command in the table: some commands take passwords.
  private let shown: [Bool]

  /// Creates a log of the requests to `commands` that take at least `threshold`; `warning` reports one each second.
  init(
    threshold: Duration, commands: [CommandDescription], warning: RepeatedWarning?
  ) {
    thresholdNanoseconds = Atomic(TimeAmount(threshold).nanoseconds)
    self.warning = warning
    shown = commands.map { $0.group == .model || $0.group == .ratings }
  }

  /// The minimum time of a slow request.
  package var threshold: Duration {
    get { .nanoseconds(thresholdNanoseconds.load(ordering: .relaxed)) }
    set { thresholdNanoseconds.store(TimeAmount(newValue).nanoseconds, ordering: .relaxed) }
  }

  /// Records nothing from now on, until a threshold is set.
  func turnOff() { thresholdNanoseconds.store(.max, ordering: .relaxed) }

  /// Whether nothing is recorded.
  var isOff: Bool { thresholdNanoseconds.load(ordering: .relaxed) == .max }

  /// How many entries are kept; if this is lowered, the oldest are removed.
  package var limit: Int {
    get { state.withLock { $0.limit } }
    set {
      state.withLock { state in
        state.limit = max(0, min(newValue, Self.greatestLimit))
        state.entries.removeFirst(max(0, state.entries.count - state.limit))
      }
    }
  }

  /// The number of slow requests since the start.
  package var count: Int { state.withLock { $0.count } }

  /// The number of entries kept.
  var keptCount: Int { state.withLock { $0.entries.count } }

  /// The entries, newest first.
  package var entries: [Entry] { state.withLock { $0.entries.reversed() } }

  /// Removes all entries; the count stays.
  package func reset() { state.withLock { $0.entries.removeAll() } }

  /// Returns whether `time` counts as slow.
  @inline(__always)
  func isSlow(_ time: TimeAmount) -> Bool {
    time.nanoseconds >= thresholdNanoseconds.load(ordering: .relaxed)
  }

  /// Returns as much of the first argument of `request` as ``Excerpt`` looks at; `nil` if there is none, or none that
  /// may be shown. `command` is the index of the command in the table.
  func argument(of request: Request, _ command: Int) -> ArraySlice<UInt8>? {
    guard request.count > 1, command < shown.count, shown[command] else { return nil }
    return request[1].prefix(Excerpt.byteLimit + 4)
  }

  /// Records a request that took `time`.
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
  /// The entry as a line of the log.
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
  /// The time in milliseconds, to a thousandth.
  fileprivate var milliseconds: String { "\(Double(wholeMicroseconds) / 1000) ms" }
}
