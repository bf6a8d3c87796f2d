import Foundation
import Synchronization

/// Gives memory that clients have let go of back to the system: the allocator keeps what it once had.
final class MemoryReturn: Sendable {
  /// Bytes that must have been let go of for it to be worth the while.
  private static let worthwhileByteCount = 32 << 20

  private let greatest = Atomic(0)

  /// Notes what clients hold now, and answers whether ``give()`` is due since they held much more.
  func isDue(holding byteCount: Int) -> Bool {
    let before = greatest.load(ordering: .relaxed)
    if byteCount > before {
      greatest.store(byteCount, ordering: .relaxed)
      return false
    }
    return before - byteCount >= Self.worthwhileByteCount
  }

  /// Takes note that memory is given back while clients hold `byteCount` bytes.
  func begin(holding byteCount: Int) { greatest.store(byteCount, ordering: .relaxed) }

  /// Gives all free memory back. Takes milliseconds: not for event loops.
  @Sendable static func give() {
    // Glibc's own, which its module does not declare.
    guard let trim = dlsym(nil, "malloc_trim") else { return }
    typealias Trim = @convention(c) (Int) -> CInt
    _ = unsafeBitCast(trim, to: Trim.self)(0)
  }
}
