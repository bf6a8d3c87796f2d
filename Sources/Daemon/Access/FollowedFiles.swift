import Errors
import Synchronization

/// Configuration files that are read again once they have changed, or on request. If they are invalid, what was read
/// before stays in force.
final class FollowedFiles: Sendable {
  private let watched: Mutex<WatchedFiles>
  /// Held while the files are read and applied, so that they are applied in the order of reading.
  private let reading = Mutex(())
  private let lastProblem = Mutex<AccessError?>(nil)

  /// Follows `paths`, which are about to be read: a change during that reading counts as one.
  init(_ paths: [String]) { watched = Mutex(WatchedFiles(paths)) }

  /// Why the files' current content is not in force; `nil` if it is.
  var problem: AccessError? { lastProblem.withLock { $0 } }

  /// Calls `read` to read and apply the files if they have changed; returns whether they had. Throws what `read`
  /// throws. Blocks.
  func look(_ read: () throws(AccessError) -> Void) throws(AccessError) -> Bool {
    guard watched.withLock({ $0.haveChanged() }) else { return false }
    try reload(read)
    return true
  }

  /// Calls `read` to read and apply the files, one call at a time. Throws what `read` throws. Blocks.
  func reload(_ read: () throws(AccessError) -> Void) throws(AccessError) {
    do throws(AccessError) {
      try reading.withLock { (_) throws(AccessError) in
        try read()
        lastProblem.withLock { $0 = nil }
      }
    } catch {
      lastProblem.withLock { $0 = error }
      throw error
    }
  }
}
