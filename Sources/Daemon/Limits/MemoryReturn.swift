import Foundation
import Synchronization

/// Gives memory that is no longer used back to the system: the allocator keeps what it once had.
///
/// Only while clients hold little: what frees memory holds up whoever takes some meanwhile, which the
/// event loops would be.
///
/// `malloc_trim` leaves the free end of each thread's arena as it is, and glibc lets that grow to 64 MiB
/// once blocks of 32 MiB have been freed: so both thresholds are fixed.
final class MemoryReturn: Sendable {
  /// Larger blocks are mapped by themselves, and go back when they are freed.
  private static let mappedByteCount: CInt = 4 << 20
  /// An arena whose free end is larger gives it back.
  private static let freeEndByteCount: CInt = 1 << 20
  /// Clients that hold no more than this hold little.
  private static let calmByteCount = 16 << 20
  /// Bytes that must have been added since memory was last given back for it to be worth the while.
  private static let worthwhileByteCount = 8 << 20

  /// The least memory of the process, mapped files aside, since some was last given back.
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

  /// Gives all free memory back if that is worth the while and disturbs nobody. Takes milliseconds:
  /// not for event loops.
  func giveIfCalm(holding byteCount: Int) {
    least.withLock { least in
      guard let now = ResidentMemory()?.ownByteCount else { return }
      least = min(least, now)
      guard byteCount <= Self.calmByteCount, now - least >= Self.worthwhileByteCount,
        // Glibc's own, which its module does not declare.
        let trim = dlsym(nil, "malloc_trim")
      else { return }
      typealias Trim = @convention(c) (Int) -> CInt
      _ = unsafeBitCast(trim, to: Trim.self)(0)
      least = ResidentMemory()?.ownByteCount ?? now
    }
  }
}
