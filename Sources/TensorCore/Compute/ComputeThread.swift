import Dispatch
import Foundation

/// The one thread that oneDNN is called from, because OpenMP gives every calling thread a team of its own.
enum ComputeThread {
  private static let thread = DedicatedThread(name: "oneDNN")
  /// The size of the thread's team, as OpenMP was last told; touched on the thread alone.
  nonisolated(unsafe) private static var teamSize = 0

  /// Whether the caller is this thread.
  static var isCurrent: Bool { thread.isCurrent }

  /// Runs `body` on the thread, in the caller's context and with a team of its threads, and waits for it.
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

  /// Runs `body` with a team of so many threads: kernels are planned and run for it. On the thread.
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

/// The OpenMP runtime that oneDNN brings along, found by name. Without it (a oneDNN that was built otherwise)
/// loops run on Dispatch's pool.
enum OpenMP {
  typealias Body = @convention(c) (UnsafeMutableRawPointer?) -> Void

  /// Sets the size of the calling thread's team.
  static let setThreadCount = function(
    "omp_set_num_threads", as: (@convention(c) (Int32) -> Void).self)
  /// What gcc makes of `#pragma omp parallel`: `GOMP_parallel(body, data, threads, flags)`.
  static let parallel = function(
    "GOMP_parallel",
    as: (@convention(c) (Body, UnsafeMutableRawPointer?, UInt32, UInt32) -> Void).self)

  private static func function<Function>(_ name: String, as type: Function.Type) -> Function? {
    // nil is glibc's RTLD_DEFAULT: the libraries that the program has loaded.
    dlsym(nil, name).map { unsafeBitCast($0, to: type) }
  }
}

/// One thread that does the work of other threads, one piece after the other, while they wait.
///
/// `@unchecked Sendable`: the queue is touched under the condition's lock alone; a piece of work runs
/// while the one who handed it in waits for it, so nothing runs beside it on its data.
private final class DedicatedThread: @unchecked Sendable {
  private let condition = NSCondition()
  /// Pieces of work, owned by the threads that wait for them, and how those are woken.
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

  /// Runs `body` on the thread and returns what it returns; at once when called on the thread itself.
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

  /// A call of its own, so that nothing retains the work once its owner is woken.
  @inline(never)
  private static func take(_ work: UnsafePointer<() -> Void>) { work.pointee() }
}
