package import Logging
package import NIOCore
import Synchronization

/// Something that clients can make happen any number of times, and that is logged at most once in
/// so long, with the number of times.
package final class RepeatedWarning: Sendable {
  private let interval: TimeAmount

  private struct State {
    var nextLine = NIODeadline.uptimeNanoseconds(0)
    var unsaidCount = 0
  }
  private let state = Mutex(State())
  private let log: Logger
  private let clock: LoopClock

  package init(
    log: Logger, every interval: TimeAmount = .seconds(1), clock: LoopClock = .system
  ) {
    self.interval = interval
    self.log = log
    self.clock = clock
  }

  /// Notes that it happened once more; `message` says so, without a full stop, and `metadata` of whom.
  package func callAsFunction(
    _ message: @autoclosure () -> String, _ metadata: Logger.Metadata? = nil
  ) {
    let unsaid = state.withLock { state -> Int? in
      let now = clock.now()
      guard now >= state.nextLine else {
        state.unsaidCount += 1
        return nil
      }
      defer { state = State(nextLine: now + interval) }
      return state.unsaidCount
    }
    guard let unsaid else { return }
    let count = unsaid == 0 ? "" : " (and \(unsaid) more since this was last said)"
    log.warning("\(message())\(count)", metadata: metadata)
  }
}

/// What is logged of clients, each kind at most once a second: any client can bring it about.
final class ConnectionWarnings: Sendable {
  /// A client was refused, as there are too many.
  let refused: RepeatedWarning
  /// A client was disconnected that does not read its answers.
  let unread: RepeatedWarning
  /// A client was disconnected since all together hold too much memory.
  let memory: RepeatedWarning
  /// The system would not let a client be accepted.
  let notAccepted: RepeatedWarning
  /// A client did not begin with TLS.
  let handshake: RepeatedWarning

  init(log: Logger) {
    refused = RepeatedWarning(log: log)
    unread = RepeatedWarning(log: log)
    memory = RepeatedWarning(log: log)
    notAccepted = RepeatedWarning(log: log)
    handshake = RepeatedWarning(log: log)
  }
}
