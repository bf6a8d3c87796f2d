import ModelRegistry

/// Files that are read again when one of them has changed, one look at a time; the caller decides when.
///
/// A change is reported once two looks have found the same, so that files being written are not read.
struct WatchedFiles: Sendable {
  private let paths: [String]
  /// The stamps of the files when last read, successfully or not.
  private var read: [FileStamp?]
  /// The stamps of the files at the last look.
  private var seen: [FileStamp?]

  /// Watches the files at `paths`, which are about to be read.
  init(_ paths: [String]) {
    self.paths = paths
    read = paths.map { FileStamp($0) }
    seen = read
  }

  /// Returns whether the files differ from those last read, and should be read now.
  mutating func haveChanged() -> Bool {
    let now = paths.map { FileStamp($0) }
    let haveSettled = now == seen
    seen = now
    guard haveSettled, now != read else { return false }
    read = now
    return true
  }
}
