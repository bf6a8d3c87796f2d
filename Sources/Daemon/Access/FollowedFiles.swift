import Errors
import Synchronization

/// Files that say what a server goes by, which are read again once they have changed, or at once when that is asked for. Where they are no
/// good, what was read before stays.
final class FollowedFiles: Sendable {
  private let watched: Mutex<WatchedFiles>
  /// Held while the files are read and taken: what was read first is taken first.
  private let reading = Mutex(())
  private let lastProblem = Mutex<AccessError?>(nil)

  /// Files that are about to be read: what changes meanwhile has changed.
  init(_ paths: [String]) { watched = Mutex(WatchedFiles(paths)) }

  /// Why they are not heeded as they are; nil where they are.
  var problem: AccessError? { lastProblem.withLock { $0 } }

  /// Looks whether they have changed, and has `read` read and take them then; returns whether they did. Throws what that throws. Blocks.
  func look(_ read: () throws(AccessError) -> Void) throws(AccessError) -> Bool {
    guard watched.withLock({ $0.haveChanged() }) else { return false }
    try reload(read)
    return true
  }

  /// Has `read` read and take them, one at a time. Throws what that throws. Blocks.
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
