package import Logging
import NIOCore
import Synchronization

/// Something that clients can make happen any number of times, and that is logged at most once a
/// second, with the number of times.
package final class RepeatedWarning: Sendable {
  private static let interval = TimeAmount.seconds(1)

  private struct State {
    var nextLine = NIODeadline.uptimeNanoseconds(0)
    var unsaidCount = 0
  }
  private let state = Mutex(State())
  private let log: Logger
  private let clock: LoopClock

  package init(log: Logger, clock: LoopClock = .system) {
    self.log = log
    self.clock = clock
  }

  /// Notes that it happened once more; `message` says so, without a full stop.
  package func callAsFunction(_ message: @autoclosure () -> String) {
    let unsaid = state.withLock { state -> Int? in
      let now = clock.now()
      guard now >= state.nextLine else {
        state.unsaidCount += 1
        return nil
      }
      defer { state = State(nextLine: now + Self.interval) }
      return state.unsaidCount
    }
    guard let unsaid else { return }
    let count = unsaid == 0 ? "" : " (and \(unsaid) more since this was last said)"
    log.warning("\(message())\(count)")
  }
}
