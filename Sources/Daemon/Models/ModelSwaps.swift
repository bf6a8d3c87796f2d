import Synchronization

/// How often versions came in service in place of others, and failed to, by the names that they go by.
final class ModelSwaps: Sendable {
  /// What has been counted of a name.
  struct Counts {
    /// Versions that came in service after the first.
    var swaps = 0
    /// Versions that should be in service and could not be taken up.
    var failures = 0
  }
  private let counts = Mutex<[String: Counts]>([:])

  /// What has been counted of `name`.
  subscript(name: String) -> Counts { counts.withLock { $0[name] ?? Counts() } }

  /// Counts a version of `name` that came in service in place of another.
  func countSwap(of name: String) { counts.withLock { $0[name, default: Counts()].swaps += 1 } }

  /// Counts a version of `name` that should be in service and can't be.
  func countFailure(of name: String) {
    counts.withLock { $0[name, default: Counts()].failures += 1 }
  }
}
