import Foundation
import Synchronization

/// Gives memory that clients have let go of back to the system: the allocator keeps what it once had.
///
/// Only while clients hold little: what frees memory holds up whoever takes some meanwhile, which the
/// event loops would be.
final class MemoryReturn: Sendable {
  /// Clients that hold no more than this hold little.
  private static let calmByteCount = 16 << 20
  /// Bytes that must have been let go of for it to be worth the while.
  private static let worthwhileByteCount = 16 << 20

  /// The most that clients have held since memory was last given back.
  private let peak = Atomic(0)

  /// Takes note that clients hold `byteCount` bytes.
  func note(_ byteCount: Int) {
    if byteCount > peak.load(ordering: .relaxed) { peak.store(byteCount, ordering: .relaxed) }
  }

  /// Gives all free memory back if that is worth the while and disturbs nobody. Takes milliseconds:
  /// not for event loops.
  func giveIfCalm(holding byteCount: Int) {
    guard byteCount <= Self.calmByteCount,
      peak.load(ordering: .relaxed) - byteCount >= Self.worthwhileByteCount
    else { return }
    peak.store(byteCount, ordering: .relaxed)
    // Glibc's own, which its module does not declare.
    guard let trim = dlsym(nil, "malloc_trim") else { return }
    typealias Trim = @convention(c) (Int) -> CInt
    _ = unsafeBitCast(trim, to: Trim.self)(0)
  }
}
