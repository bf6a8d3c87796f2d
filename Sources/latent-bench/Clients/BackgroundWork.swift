import Foundation
import Synchronization

/// Work on its own thread, until it finishes or is told to end.
final class BackgroundWork<Outcome: Sendable> {
  private final class State: Sendable {
    let isOver = Atomic(false)
    let result = Mutex<Result<Outcome, any Error>?>(nil)
    let ended = DispatchSemaphore(value: 0)
  }
  private let state = State()

  /// Starts `work`, which polls `isOver` and ends once it returns true.
  init(_ work: @escaping @Sendable (_ isOver: () -> Bool) throws -> Outcome) {
    Thread.detachNewThread { [state] in
      let result = Result { try work { state.isOver.load(ordering: .relaxed) } }
      state.result.withLock { $0 = result }
      state.ended.signal()
    }
  }

  deinit { state.isOver.store(true, ordering: .relaxed) }

  /// Waits for the work to end and returns its result or throws its error. `isCutShort` tells it to end soon. Call
  /// once.
  func finish(isCutShort: Bool) throws -> Outcome {
    if isCutShort { state.isOver.store(true, ordering: .relaxed) }
    state.ended.wait()
    guard let result = state.result.withLock({ $0 }) else {
      preconditionFailure("work that ended without a result")
    }
    return try result.get()
  }
}
