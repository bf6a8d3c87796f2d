import ModelRegistry

/// Files that are read again when one of them has changed, one look at a time; the caller says when.
///
/// A change is told of once two looks have found the same: files that are being written are not read in between.
struct WatchedFiles: Sendable {
  private let paths: [String]
  /// The files as they were read last, well or not.
  private var read: [FileStamp?]
  /// The files at the last look.
  private var seen: [FileStamp?]

  /// Files that are about to be read.
  init(_ paths: [String]) {
    self.paths = paths
    read = paths.map { FileStamp($0) }
    seen = read
  }

  /// Whether they are others than those that were read last, and are to be read now.
  mutating func haveChanged() -> Bool {
    let now = paths.map { FileStamp($0) }
    let haveSettled = now == seen
    seen = now
    guard haveSettled, now != read else { return false }
    read = now
    return true
  }
}
