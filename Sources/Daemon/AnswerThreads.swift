import DequeModule
import Foundation

/// A fixed number of threads for what takes too long for an event loop. They yield the processor to
/// the event loops, and their queue has a limit.
///
/// `@unchecked Sendable`: everything mutable is touched under `condition` alone.
final class AnswerThreads: @unchecked Sendable {
  /// How much less of a busy processor these threads get than event loops (see `nice`).
  private static let niceness: CInt = 5

  private let condition = NSCondition()
  private let queueLimit: Int
  private var queue: Deque<@Sendable () -> Void> = []
  private var isStopped = false

  /// Starts `threadCount` threads, of which the queue holds at most `queueLimit` pieces of work.
  init(threadCount: Int, queueLimit: Int) {
    self.queueLimit = queueLimit
    for number in 0..<threadCount {
      let thread = Thread { [self] in
        #if os(Linux)
          // Of the calling thread alone: Linux counts threads as processes here.
          setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
        #endif
        while let work = next() { work() }
      }
      thread.name = "answers-\(number)"
      thread.start()
    }
  }

  /// Has `work` done behind what waits already; false when the queue is full, or the threads are
  /// told to stop.
  func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    guard !isStopped, queue.count < queueLimit else { return false }
    queue.append(work)
    condition.signal()
    return true
  }

  /// Has the threads end after what they are at; what waits is dropped.
  func stop() {
    condition.lock()
    defer { condition.unlock() }
    isStopped = true
    queue = []
    condition.broadcast()
  }

  private func next() -> (@Sendable () -> Void)? {
    condition.lock()
    defer { condition.unlock() }
    while queue.isEmpty, !isStopped { condition.wait() }
    return queue.popFirst()
  }
}
