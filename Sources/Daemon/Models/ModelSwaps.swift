import Synchronization

/// How often versions replaced others in service, and failed to, by name.
final class ModelSwaps: Sendable {
  /// The counts of a name.
  struct Counts {
    /// Versions that came into service after the first.
    var swaps = 0
    /// Versions that should be in service and could not be taken up.
    var failures = 0
  }
  private let counts = Mutex<[String: Counts]>([:])

  /// The counts of `name`.
  subscript(name: String) -> Counts { counts.withLock { $0[name] ?? Counts() } }

  /// Counts a version of `name` that replaced another in service.
  func countSwap(of name: String) { counts.withLock { $0[name, default: Counts()].swaps += 1 } }

  /// Counts a version of `name` that should be in service and can't be.
  func countFailure(of name: String) {
    counts.withLock { $0[name, default: Counts()].failures += 1 }
  }
}
