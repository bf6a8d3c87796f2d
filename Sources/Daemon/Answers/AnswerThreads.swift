import Foundation

/// A fixed number of threads for what no event loop should wait for, and a queue before them that has
/// a limit. No thread is started for a piece of work.
///
/// `@unchecked Sendable`: everything mutable is touched under `condition` alone.
final class AnswerThreads: @unchecked Sendable {
  private let condition = NSCondition()
  private let queueLimit: Int
  private var queue = TurnQueue<@Sendable () -> Void>()
  private var isStopped = false
  private var runningCount: Int

  /// How long the end of what is being computed is waited for.
  private static let patience = Duration.milliseconds(250)

  /// Starts `count` threads called `name`, before which at most `queueLimit` pieces of work wait.
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

  /// Has `work` done behind what waits already of its kind; false when the queue is full, or the
  /// threads are told to stop.
  func submit(_ kind: TurnKind, _ work: @escaping @Sendable () -> Void) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    guard !isStopped, queue.count < queueLimit else { return false }
    queue.add(work, kind)
    condition.signal()
    return true
  }

  /// How many pieces of work wait now.
  var waitingCount: Int {
    condition.lock()
    defer { condition.unlock() }
    return queue.count
  }

  /// Has the threads end after what they are at, and waits for that for a moment; what waits is
  /// dropped.
  func stop() {
    condition.lock()
    defer { condition.unlock() }
    isStopped = true
    queue = TurnQueue()
    condition.broadcast()
    // A wait with a limit would go by the time of day, which may be set back.
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

  /// Waits for work; nil when there is to be no more.
  private func next() -> (@Sendable () -> Void)? {
    condition.lock()
    defer { condition.unlock() }
    while queue.isEmpty, !isStopped { condition.wait() }
    return queue.next()
  }
}
