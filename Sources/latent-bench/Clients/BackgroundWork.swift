import Foundation
import Synchronization

/// Work on a thread of its own, until it is done or told to end.
final class BackgroundWork<Outcome: Sendable> {
  private final class State: Sendable {
    let isOver = Atomic(false)
    let result = Mutex<Result<Outcome, any Error>?>(nil)
    let ended = DispatchSemaphore(value: 0)
  }
  private let state = State()

  /// Begins `work`, which is to look now and then whether it `isOver`.
  init(_ work: @escaping @Sendable (_ isOver: () -> Bool) throws -> Outcome) {
    Thread.detachNewThread { [state] in
      let result = Result { try work { state.isOver.load(ordering: .relaxed) } }
      state.result.withLock { $0 = result }
      state.ended.signal()
    }
  }

  deinit { state.isOver.store(true, ordering: .relaxed) }

  /// Waits for its end, which comes soon when it `isCutShort`; returns, or throws, what it did. For one
  /// call.
  func finish(isCutShort: Bool) throws -> Outcome {
    if isCutShort { state.isOver.store(true, ordering: .relaxed) }
    state.ended.wait()
    guard let result = state.result.withLock({ $0 }) else {
      preconditionFailure("work that ended without a result")
    }
    return try result.get()
  }
}
