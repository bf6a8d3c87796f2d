import Dispatch
import Synchronization

/// A parallel loop, the primitive under all of Latent's own parallel code.
///
/// On the thread that calls oneDNN, passes run on oneDNN's own team of threads, which is awake there, so that two teams
/// never compete for the cores. Elsewhere they run on Dispatch's pool. Within a pass the current context has one
/// thread, so that nested loops run in place. On oneDNN's thread a pass must not wait for that thread.
///
/// Bodies are not checked to be `Sendable`: they write through pointers, each pass to its own locations. For checked
/// bodies use ``ComputeContext/forEachPart(of:grain:_:)``.
///
/// `@unchecked Sendable`: several threads call the body, each time with a different number, while the thread that
/// started the loop waits. The counters are atomic.
final class ParallelLoop: @unchecked Sendable {
  private let body: (Int) -> Void
  private let passCount: Int
  private let context: ComputeContext
  private let begun = Atomic(0)
  private let next = Atomic(0)
  private let done = Atomic(0)

  private init(_ passCount: Int, _ context: ComputeContext, _ body: @escaping (Int) -> Void) {
    self.passCount = passCount
    self.context = context
    self.body = body
  }

  /// Calls `body` with each of `0 ..< passCount` and returns when all are done. At most the context's number of threads
  /// run at a time.
  static func run(_ passCount: Int, on context: ComputeContext, _ body: (Int) -> Void) {
    let threadCount = min(context.threadCount, passCount)
    guard threadCount > 1 else {
      for pass in 0..<passCount { body(pass) }
      return
    }
    withoutActuallyEscaping(body) { body in
      var inner = context
      inner.threadCount = 1
      let loop = ParallelLoop(passCount, inner, body)
      loop.begun.store(1, ordering: .releasing)
      if ComputeThread.isCurrent, let parallel = OpenMP.parallel {
        parallel(
          { Unmanaged<ParallelLoop>.fromOpaque($0.unsafelyUnwrapped).takeUnretainedValue().work() },
          Unmanaged.passUnretained(loop).toOpaque(), UInt32(threadCount), 0)
      } else {
        DispatchQueue.concurrentPerform(iterations: threadCount) { _ in loop.work() }
      }
      // Barriers order memory accesses; the counters make that visible to the thread sanitizer.
      precondition(
        loop.done.load(ordering: .acquiring) == passCount, "a pass of a loop was left out")
    }
  }

  /// Works like ``ComputeContext/forEachPart(of:grain:_:)``, with an unchecked body.
  static func forEachPart(
    of count: Int, grain: Int = 1, on context: ComputeContext = .current,
    _ body: (Range<Int>) -> Void
  ) {
    let partCount = min(context.threadCount, count / grain)
    guard partCount > 1 else { return body(0..<count) }
    let grains = (count + grain - 1) / grain
    func start(_ part: Int) -> Int { min(count, grains * part / partCount * grain) }
    run(partCount, on: context) { part in body(start(part)..<start(part + 1)) }
  }

  /// Takes passes until none is left, so that all are done even if the team is smaller than requested.
  private func work() {
    _ = begun.load(ordering: .acquiring)
    context.bind {
      while true {
        let pass = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard pass < passCount else { return }
        body(pass)
        done.wrappingAdd(1, ordering: .acquiringAndReleasing)
      }
    }
  }
}
