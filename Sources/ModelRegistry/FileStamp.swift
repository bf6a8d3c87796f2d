import Foundation

/// What the system says of a version's files and changes when somebody changes or replaces them:
/// tells, without reading them, whether a version is still what it was at the last look.
package struct FileStamp: Equatable, Sendable {
  private struct Entry: Equatable {
    let device: UInt64
    let inode: UInt64
    let byteCount: Int64
    /// The last change of contents or rights, in seconds and nanoseconds.
    let seconds: Int
    let nanoseconds: Int

    /// nil when there is no such file.
    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      device = UInt64(status.st_dev)
      inode = UInt64(status.st_ino)
      byteCount = Int64(status.st_size)
      seconds = Int(status.st_ctim.tv_sec)
      nanoseconds = Int(status.st_ctim.tv_nsec)
    }
  }

  private let entries: [Entry?]

  fileprivate init(_ paths: [String]) { entries = paths.map { Entry($0) } }

  /// Whether both are of the same model file, changed in place at most: not of another under its
  /// name, nor of none.
  package func isOfSameModelFile(as other: FileStamp) -> Bool {
    guard let mine = entries.first ?? nil, let theirs = other.entries.first ?? nil else {
      return false
    }
    return mine.device == theirs.device && mine.inode == theirs.inode
  }
}

extension ModelVersions {
  /// The stamp of the model file and the manifest of `version`, there or not.
  package func stamp(of version: Int) -> FileStamp {
    FileStamp([modelPath(of: version), manifestPath(of: version)])
  }
}
