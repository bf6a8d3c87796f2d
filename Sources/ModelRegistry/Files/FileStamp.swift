import Foundation

/// What the system says of a file and changes when somebody changes or replaces it: tells, without reading
/// it, whether it is still what it was at the last look.
package struct FileStamp: Equatable, Sendable {
  private let device: UInt64
  private let inode: UInt64
  private let byteCount: Int64
  /// The last change of contents or rights, in seconds and nanoseconds.
  private let seconds: Int
  private let nanoseconds: Int

  /// The stamp of the file at `path`; nil when there is none.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    byteCount = Int64(status.st_size)
    seconds = Int(status.st_ctim.tv_sec)
    nanoseconds = Int(status.st_ctim.tv_nsec)
  }

  /// Whether both are of one file, which was changed in place at most.
  func isOfSameFile(as other: FileStamp) -> Bool {
    device == other.device && inode == other.inode
  }
}
