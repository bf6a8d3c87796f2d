import Foundation

/// A fixed number of threads for work that no event loop should wait for, with a bounded queue. No thread is started
/// for a single piece of work.
///
/// `@unchecked Sendable`: `condition` guards all mutable state.
final class AnswerThreads: @unchecked Sendable {
  private let condition = NSCondition()
  private let queueLimit: Int
  private var queue = TurnQueue<@Sendable () -> Void>()
  private var isStopped = false
  private var runningCount: Int

  /// How long ``stop()`` waits for running work.
  private static let patience = Duration.milliseconds(250)

  /// Starts `count` threads called `name`, with a queue of at most `queueLimit` pieces of work.
  init(_ name: String, count: Int, queueLimit: Int) {
    self.queueLimit = queueLimit
    runningCount = count
    for number in 0..<count {
      let thread = Thread { [self] in
        ThreadPriority.letEventLoopsGoFirst()
        while let work = next() { work() }
        end()
      }
      thread.name = "\(name)-\(number)"
      thread.start()
    }
  }

  /// Enqueues `work` behind waiting work of its kind; returns false if the queue is full or the threads are stopping.
  func submit(_ kind: TurnKind, _ work: @escaping @Sendable () -> Void) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    guard !isStopped, queue.count < queueLimit else { return false }
    queue.add(work, kind)
    condition.signal()
    return true
  }

  /// The number of waiting pieces of work.
  var waitingCount: Int {
    condition.lock()
    defer { condition.unlock() }
    return queue.count
  }

  /// Stops the threads after their current work, and waits briefly for that; drops what waits.
  func stop() {
    condition.lock()
    defer { condition.unlock() }
    isStopped = true
    queue = TurnQueue()
    condition.broadcast()
    // A condition's timed wait follows the time of day, which may be set back.
    let deadline = ContinuousClock.now + Self.patience
    while runningCount > 0, ContinuousClock.now < deadline {
      condition.unlock()
      usleep(1000)
      condition.lock()
    }
  }

  private func end() {
    condition.lock()
    defer { condition.unlock() }
    runningCount -= 1
    condition.broadcast()
  }

  /// Waits for work; returns `nil` once there is to be no more.
  private func next() -> (@Sendable () -> Void)? {
    condition.lock()
    defer { condition.unlock() }
    while queue.isEmpty, !isStopped { condition.wait() }
    return queue.next()
  }
}
