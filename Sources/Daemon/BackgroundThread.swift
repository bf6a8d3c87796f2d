import Foundation
import Synchronization

/// One thread for work that takes as long as a file takes to be read: neither an event loop nor a
/// thread of Swift's tasks waits for it, and no thread is started for each piece.
final class BackgroundThread: Sendable {
  private struct State {
    var work: [@Sendable () -> Void] = []
    var isOver = false
  }

  private let state = Mutex(State())
  private let arrivals = DispatchSemaphore(value: 0)

  /// Starts the thread, which lives until ``end()``.
  init(named name: String) {
    let thread = Thread { [self] in
      while let work = next() { work() }
    }
    thread.name = name
    thread.start()
  }

  /// Has the thread do `work`, after what it was given before.
  func submit(_ work: @escaping @Sendable () -> Void) {
    state.withLock { $0.work.append(work) }
    arrivals.signal()
  }

  /// Does `work` on the thread, after what it was given before, and answers its result. Stops waiting
  /// for it when the task is cancelled.
  func run<Result: Sendable>(
    _ work: @escaping @Sendable () -> Result
  ) async throws -> Result {
    let (results, continuation) = AsyncStream.makeStream(of: Result.self)
    submit {
      continuation.yield(work())
      continuation.finish()
    }
    for await result in results { return result }
    throw CancellationError()
  }

  /// Ends the thread once it is done with what it is doing; what it has not begun is not done.
  func end() {
    state.withLock { $0.isOver = true }
    arrivals.signal()
  }

  /// Waits for work; nil when there is to be no more.
  private func next() -> (@Sendable () -> Void)? {
    while true {
      arrivals.wait()
      let (work, isOver) = state.withLock { state in
        (state.isOver || state.work.isEmpty ? nil : state.work.removeFirst(), state.isOver)
      }
      if isOver { return nil }
      if let work { return work }
    }
  }
}
