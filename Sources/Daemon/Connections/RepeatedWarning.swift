package import Logging
package import NIOCore
import Synchronization

/// A rate-limited warning of something that clients can cause any number of times: logged at most once per interval,
/// with the number of occurrences.
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

  /// Counts an occurrence; `message` describes it, without a full stop, and `metadata` says whose it is.
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
    let count = unsaid == 0 ? "" : " (and \(unsaid) more since this was last logged)"
    log.warning("\(message())\(count)", metadata: metadata)
  }
}

/// Rate-limited warnings that any client can cause, each kind at most once a second.
final class ConnectionWarnings: Sendable {
  /// A client was refused, as there are too many.
  let refused: RepeatedWarning
  /// A client that does not read its answers was disconnected.
  let unread: RepeatedWarning
  /// A client was disconnected, as all together hold too much memory.
  let memory: RepeatedWarning
  /// The system refused to accept a client.
  let notAccepted: RepeatedWarning
  /// A client did not complete the TLS handshake.
  let handshake: RepeatedWarning

  init(log: Logger) {
    refused = RepeatedWarning(log: log)
    unread = RepeatedWarning(log: log)
    memory = RepeatedWarning(log: log)
    notAccepted = RepeatedWarning(log: log)
    handshake = RepeatedWarning(log: log)
  }
}
