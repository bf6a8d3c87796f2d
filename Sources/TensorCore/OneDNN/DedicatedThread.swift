import Dispatch
import Foundation

/// One thread that works off what other threads hand it, one piece after the other, while they wait.
///
/// `@unchecked Sendable`: the queue is touched under the condition's lock alone; a piece of work runs
/// while the one who handed it in waits for it, so nothing runs beside it on its data.
final class DedicatedThread: @unchecked Sendable {
  private let condition = NSCondition()
  /// Pieces of work, which stay with the threads that wait for them, and how those are told.
  private var queue: [(work: UnsafePointer<() -> Void>, done: DispatchSemaphore)] = []
  private var identity: pthread_t?

  /// Starts a thread of that name, which lives as long as the program.
  init(name: String) {
    let thread = Thread { [self] in
      // From within, and not before `start` has come back: else it would name nothing that the system
      // shows (top -H). The threads of OpenMP's team inherit it.
      condition.withLock { Thread.current.name = name }
      work()
    }
    // Room for the frames of just-in-time compiled kernels.
    thread.stackSize = 8 << 20
    condition.withLock { thread.start() }
  }

  /// Runs `body` on the thread and answers what it answers; at once when called on the thread itself.
  func run<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var outcome: Swift.Result<Result, Failure>?
    withoutActuallyEscaping(body) { body in
      perform {
        do throws(Failure) { outcome = .success(try body()) } catch { outcome = .failure(error) }
      }
    }
    guard let outcome else { preconditionFailure("the work was not done") }
    return try outcome.get()
  }

  /// Whether the caller is this thread.
  var isCurrent: Bool {
    condition.withLock {
      guard let identity else { return false }
      return pthread_equal(identity, pthread_self()) != 0
    }
  }

  private func perform(_ work: () -> Void) {
    if isCurrent { return work() }
    condition.lock()
    let done = DispatchSemaphore(value: 0)
    withoutActuallyEscaping(work) { work in
      withUnsafePointer(to: work) { pointer in
        queue.append((pointer, done))
        condition.signal()
        condition.unlock()
        done.wait()
      }
    }
  }

  private func work() {
    condition.lock()
    identity = pthread_self()
    while true {
      while queue.isEmpty { condition.wait() }
      let next = queue.removeFirst()
      condition.unlock()
      Self.take(next.work)
      next.done.signal()
      condition.lock()
    }
  }

  /// A call of its own, so that nothing holds on to the work once its owner is told.
  @inline(never)
  private static func take(_ work: UnsafePointer<() -> Void>) { work.pointee() }
}
