import Dispatch
import Synchronization

/// A parallel loop: the one primitive under all of our own parallel code.
///
/// On the thread that oneDNN is called from the passes go to oneDNN's own team of threads, which is awake
/// there, so that two teams never compete for the cores; elsewhere to Dispatch's pool. Within a pass the
/// current context has one thread: what is parallel inside runs in place. On oneDNN's thread a pass must not
/// wait for that thread.
///
/// Bodies are not checked to be `Sendable`: they write through pointers, each pass to places of its own. What
/// is checked is ``ComputeContext/forEachPart(of:grain:_:)``.
///
/// `@unchecked Sendable`: the body is called by several threads, each time with another number, while the
/// one who started the loop waits; the counters are atomic.
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

  /// Calls `body` with each of `0 ..< passCount`, at most the context's thread count at a time, and returns
  /// when all are done.
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
      // The barriers order the memory; the counters tell the thread sanitizer.
      precondition(
        loop.done.load(ordering: .acquiring) == passCount, "a pass of a loop was left out")
    }
  }

  /// ``ComputeContext/forEachPart(of:grain:_:)`` of a body that is not checked.
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

  /// Takes passes until none is left: all of them when the team is smaller than asked for.
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
