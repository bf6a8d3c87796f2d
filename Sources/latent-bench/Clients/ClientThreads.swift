import Foundation

/// Client threads that run until their target is over.
final class ClientThreads {
  private let target: Target
  private let count: Int
  private let ended = DispatchSemaphore(value: 0)
  private var isJoined = false

  /// Starts `count` threads that run `body` with their number and must end once `target` is over. `niceness` lowers
  /// their priority (see `nice`).
  init(
    _ count: Int = 1, until target: Target, niceness: CInt = 0,
    _ body: @escaping @Sendable (_ number: Int) -> Void
  ) {
    self.target = target
    self.count = count
    let ended = ended
    for number in 0..<count {
      Thread.detachNewThread {
        // On Linux this applies to the current thread only.
        if niceness != 0 { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness) }
        body(number)
        ended.signal()
      }
    }
  }

  deinit { stop() }

  /// Ends the target, and waits until all threads have ended.
  func stop() {
    target.end()
    guard !isJoined else { return }
    isJoined = true
    for _ in 0..<count { ended.wait() }
  }
}
