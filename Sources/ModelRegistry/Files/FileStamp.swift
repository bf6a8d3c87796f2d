import Foundation

/// The device, inode, size and change time of a file: detects that it was changed or replaced without reading it.
package struct FileStamp: Equatable, Sendable {
  private let device: UInt64
  private let inode: UInt64
  private let byteCount: Int64
  /// The time of the last change of contents or permissions, in seconds and nanoseconds.
  private let seconds: Int
  private let nanoseconds: Int

  /// Creates the stamp of the file at `path`. Nil if there is no file.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    byteCount = Int64(status.st_size)
    seconds = Int(status.st_ctim.tv_sec)
    nanoseconds = Int(status.st_ctim.tv_nsec)
  }

  /// Returns whether both stamps are of the same file, possibly changed in place.
  func isOfSameFile(as other: FileStamp) -> Bool {
    device == other.device && inode == other.inode
  }
}
