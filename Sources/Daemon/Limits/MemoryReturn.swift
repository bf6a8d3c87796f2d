import Foundation
import Synchronization

/// Returns unused memory to the system, as the allocator keeps what it once had.
///
/// It does so only while clients hold little: freeing memory delays threads that allocate meanwhile, such as the event
/// loops.
///
/// `malloc_trim` leaves the free end of each thread's arena as it is, and glibc lets that grow to 64 MiB once blocks of
/// 32 MiB have been freed. Both thresholds are therefore fixed.
final class MemoryReturn: Sendable {
  /// Larger blocks are mapped individually, and returned when they are freed.
  private static let mappedByteCount: CInt = 4 << 20
  /// An arena with a larger free end returns it.
  private static let freeEndByteCount: CInt = 1 << 20
  /// The most that clients hold when they hold little, in bytes.
  private static let calmByteCount = 16 << 20
  /// The bytes that must have been added since memory was last returned to make it worthwhile.
  private static let worthwhileByteCount = 8 << 20

  /// The lowest memory of the process, without mapped files, since some was last returned.
  private let least = Mutex(Int.max)

  /// Fixes the thresholds of the process's allocator.
  init() {
    typealias Option = @convention(c) (CInt, CInt) -> CInt
    guard let mallopt = dlsym(nil, "mallopt") else { return }
    let set = unsafeBitCast(mallopt, to: Option.self)
    // M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of malloc.h, which glibc's module does not declare.
    _ = set(-3, Self.mappedByteCount)
    _ = set(-1, Self.freeEndByteCount)
  }

  /// Returns all free memory if that is worthwhile and disturbs nobody. Takes milliseconds: not for event loops.
  func giveIfCalm(holding byteCount: Int) {
    least.withLock { least in
      guard let now = ResidentMemory()?.ownByteCount else { return }
      least = min(least, now)
      guard byteCount <= Self.calmByteCount, now - least >= Self.worthwhileByteCount,
        // Part of glibc, though its module does not declare it.
        let trim = dlsym(nil, "malloc_trim")
      else { return }
      typealias Trim = @convention(c) (Int) -> CInt
      _ = unsafeBitCast(trim, to: Trim.self)(0)
      least = ResidentMemory()?.ownByteCount ?? now
    }
  }
}
