import DequeModule
import Foundation

/// A fixed number of threads for what neither an event loop nor a thread of Swift's tasks should wait
/// for, and a queue before them that has a limit. No thread is started for a piece of work.
///
/// `@unchecked Sendable`: everything mutable is touched under `condition` alone.
final class WorkThreads: @unchecked Sendable {
  private let condition = NSCondition()
  private let queueLimit: Int
  private var queue: Deque<@Sendable () -> Void> = []
  private var isStopped = false

  /// Starts `count` threads, before which at most `queueLimit` pieces of work wait. `niceness` is how
  /// much they let other threads go first where the processors are busy (see `nice`).
  init(named name: String, count: Int, queueLimit: Int, niceness: CInt = 0) {
    self.queueLimit = queueLimit
    for number in 0..<count {
      let thread = Thread { [self] in
        #if os(Linux)
          // Of the calling thread alone: Linux counts threads as processes here.
          if niceness != 0 {
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
          }
        #endif
        while let work = next() { work() }
      }
      thread.name = count == 1 ? name : "\(name)-\(number)"
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

  /// Does `work` behind what waits already, and answers its result. Throws `CancellationError` when
  /// there is no place for it, or the task is cancelled, which does not wait for it any more.
  func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async throws -> Result {
    let (results, continuation) = AsyncStream.makeStream(of: Result.self)
    let isQueued = submit {
      continuation.yield(work())
      continuation.finish()
    }
    if !isQueued { continuation.finish() }
    for await result in results { return result }
    throw CancellationError()
  }

  /// Has the threads end after what they are at; what waits is dropped.
  func stop() {
    condition.lock()
    defer { condition.unlock() }
    isStopped = true
    queue = []
    condition.broadcast()
  }

  /// Waits for work; nil when there is to be no more.
  private func next() -> (@Sendable () -> Void)? {
    condition.lock()
    defer { condition.unlock() }
    while queue.isEmpty, !isStopped { condition.wait() }
    return queue.popFirst()
  }
}
