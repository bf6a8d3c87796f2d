import Foundation
import Synchronization

/// The OpenMP runtime that oneDNN brings along, found by name: our own loops over activations run on
/// its team too, so that two teams never compete for the cores.
///
/// Without it (a oneDNN that was built otherwise) loops run on the calling thread.
enum OpenMP {
  private typealias SetThreadCount = @convention(c) (Int32) -> Void
  private typealias Body = @convention(c) (UnsafeMutableRawPointer?) -> Void
  private typealias Parallel =
    @convention(c) (Body, UnsafeMutableRawPointer?, UInt32, UInt32) -> Void

  private static let setter = function("omp_set_num_threads", as: SetThreadCount.self)
  /// What gcc makes of `#pragma omp parallel`: `GOMP_parallel(body, data, threads, flags)`.
  private static let parallel = function("GOMP_parallel", as: Parallel.self)

  /// The size of the calling thread's team.
  static func setThreadCount(_ count: Int) { setter?(Int32(count)) }

  /// Loops of fewer grains are not handed over to oneDNN's thread: waking it and its team would take
  /// longer than the loop, many times so on a busy machine.
  private static let handoverGrainCount = 16

  /// Calls `body` with parts of `0 ..< count`, one for each thread of oneDNN's team, at the same time.
  /// Parts begin on multiples of `grain`; below two grains there is one part, on this thread, and below
  /// ``handoverGrainCount`` too unless this is oneDNN's thread.
  static func forEachPart(
    of count: Int, grain: Int, _ body: (Range<Int>) -> Void
  ) {
    let partCount = min(OneDNN.threadCount, count / grain)
    guard partCount > 1, count / grain >= handoverGrainCount || OneDNN.isOnItsThread, let parallel
    else { return body(0..<count) }
    OneDNN.run {
      withoutActuallyEscaping(body) { body in
        let work = Work(
          body: body, count: count, grain: grain, partCount: partCount)
        work.begun.store(1, ordering: .releasing)
        parallel(
          { Unmanaged<Work>.fromOpaque($0.unsafelyUnwrapped).takeUnretainedValue().takePart() },
          Unmanaged.passUnretained(work).toOpaque(), UInt32(partCount), 0)
        // The runtime's barrier orders the memory; the counters say so to the thread sanitizer as well.
        precondition(
          work.done.load(ordering: .acquiring) == partCount, "a part of a loop was left out")
      }
    }
  }

  /// One parallel loop.
  private final class Work {
    let body: (Range<Int>) -> Void
    let count: Int
    let grain: Int
    let partCount: Int
    let begun = Atomic(0)
    let next = Atomic(0)
    let done = Atomic(0)

    init(
      body: @escaping (Range<Int>) -> Void, count: Int, grain: Int, partCount: Int
    ) {
      self.body = body
      self.count = count
      self.grain = grain
      self.partCount = partCount
    }

    /// Works off parts until none is left: normally its own, all of them when the team came out smaller.
    func takePart() {
      _ = begun.load(ordering: .acquiring)
      while true {
        let part = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard part < partCount else { return }
        let grains = (count + grain - 1) / grain
        body(
          min(
            count, grains * part / partCount * grain)..<min(
              count, grains * (part + 1) / partCount * grain))
        done.wrappingAdd(1, ordering: .acquiringAndReleasing)
      }
    }
  }

  private static func function<Function>(_ name: String, as type: Function.Type) -> Function? {
    // nil is glibc's RTLD_DEFAULT: the libraries that the program has loaded.
    dlsym(nil, name).map { unsafeBitCast($0, to: type) }
  }
}
