import Foundation
import Synchronization

/// How long the machine takes for a request that costs nothing: PINGs of an idle daemon, one every
/// 2 ms, on a thread of its own.
final class FloorProbe {
  /// Above this 99th percentile, in milliseconds, it is the machine that is measured.
  static let bar = 2.5
  /// From one to the next, in milliseconds.
  static let pace = 2.0

  private struct State {
    var milliseconds: [Double] = []
    var failure: (any Error)?
    var isOver = false
  }
  private let state: SharedState
  private let ended = DispatchSemaphore(value: 0)

  private final class SharedState: Sendable {
    let value = Mutex(State())
  }

  /// Begins to ask the daemon at `port`.
  init(port: Int) {
    let (state, ended) = (SharedState(), ended)
    self.state = state
    Thread.detachNewThread {
      do {
        let connection = try ClientSocket(port: port)
        while !state.value.withLock({ $0.isOver }) {
          let seconds = try timed {
            try connection.send("PING\n")
            _ = try connection.receiveLine()
          }.seconds
          state.value.withLock { $0.milliseconds.append(seconds * 1e3) }
          usleep(UInt32(Self.pace * 1e3))
        }
      } catch {
        state.value.withLock { $0.failure = error }
      }
      ended.signal()
    }
  }

  deinit { state.value.withLock { $0.isOver = true } }

  /// Ends it; answers the milliseconds that each took, in order. Throws when the idle daemon failed
  /// to answer. For one call.
  func finish() throws -> [Double] {
    state.value.withLock { $0.isOver = true }
    ended.wait()
    return try state.value.withLock { state in
      if let failure = state.failure { throw failure }
      return state.milliseconds
    }
  }
}
