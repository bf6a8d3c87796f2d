import Dispatch
import Foundation

/// The single thread that calls oneDNN, as OpenMP creates a separate team for every calling thread.
enum ComputeThread {
  private static let thread = DedicatedThread(name: "oneDNN")
  /// The size of the team as last set in OpenMP. Accessed only on the thread.
  nonisolated(unsafe) private static var teamSize = 0

  /// Whether the caller is on this thread.
  static var isCurrent: Bool { thread.isCurrent }

  /// Runs `body` on the thread, in the caller's context and with a team of the size it sets, and waits for it.
  static func run<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let context = ComputeContext.current
    return try thread.run { () throws(Failure) in
      try context.bind { () throws(Failure) in
        try withTeam(of: context.threadCount, body)
      }
    }
  }

  /// Runs `body` with a team of `count` threads, for which kernels are planned and run. Must be called on the thread.
  static func withTeam<Result, Failure: Error>(
    of count: Int, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let outer = teamSize
    guard count != outer else { return try body() }
    func set(_ count: Int) {
      teamSize = count
      OpenMP.setThreadCount?(Int32(count))
    }
    set(count)
    defer { if outer > 0 { set(outer) } }
    return try body()
  }
}

/// The OpenMP runtime loaded by oneDNN, looked up by name. Without it, if oneDNN was built otherwise, loops run on
/// Dispatch's pool.
enum OpenMP {
  typealias Body = @convention(c) (UnsafeMutableRawPointer?) -> Void

  /// Sets the size of the calling thread's team.
  static let setThreadCount = function(
    "omp_set_num_threads", as: (@convention(c) (Int32) -> Void).self)
  /// The function that gcc calls for `#pragma omp parallel`: `GOMP_parallel(body, data, threads, flags)`.
  static let parallel = function(
    "GOMP_parallel",
    as: (@convention(c) (Body, UnsafeMutableRawPointer?, UInt32, UInt32) -> Void).self)

  private static func function<Function>(_ name: String, as type: Function.Type) -> Function? {
    // nil is glibc's RTLD_DEFAULT: the libraries loaded by the program.
    dlsym(nil, name).map { unsafeBitCast($0, to: type) }
  }
}

/// A thread that runs work for other threads, one item at a time, while they wait.
///
/// `@unchecked Sendable`: the queue is accessed only under the condition's lock. The submitter waits while its work
/// runs, so nothing else accesses its data.
private final class DedicatedThread: @unchecked Sendable {
  private let condition = NSCondition()
  /// The work items, owned by the threads that wait for them, and the semaphores that wake those.
  private var queue: [(work: UnsafePointer<() -> Void>, done: DispatchSemaphore)] = []
  private var identity: pthread_t?

  /// Starts a thread of that name, which lives as long as the program.
  init(name: String) {
    let thread = Thread { [self] in
      // Set from within, and only after `start` has returned. Otherwise the name would not be visible in the system
      // (top -H). The threads of OpenMP's team inherit it.
      condition.withLock { Thread.current.name = name }
      work()
    }
    // Room for the stack frames of just-in-time compiled kernels.
    thread.stackSize = 8 << 20
    condition.withLock { thread.start() }
  }

  /// Runs `body` on the thread and returns its result; immediately if already on the thread.
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

  /// Whether the caller is on this thread.
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

  /// A separate function, so that nothing retains the work after its owner is woken.
  @inline(never)
  private static func take(_ work: UnsafePointer<() -> Void>) { work.pointee() }
}
