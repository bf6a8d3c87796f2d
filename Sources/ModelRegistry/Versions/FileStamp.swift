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

  /// By the files' names.
  private let modelFiles: [String: Entry]
  private let manifest: Entry?

  fileprivate init(of folder: String, manifest path: String) {
    // Where no file can be opened, not even a folder, the main one is looked at all the same.
    let found = (try? Folder.contents(of: folder)) ?? []
    let names = Set(found.filter { $0.hasSuffix(ModelRole.fileExtension) })
      .union([ModelRole.main.fileName])
    modelFiles = Dictionary(
      uniqueKeysWithValues: names.compactMap { name in
        Entry("\(folder)/\(name)").map { (name, $0) }
      })
    manifest = Entry(path)
  }

  /// Whether both are of the same model files, changed in place at most: not of others under their
  /// names, nor of none.
  package func isOfSameModelFiles(as other: FileStamp) -> Bool {
    !modelFiles.isEmpty && modelFiles.keys == other.modelFiles.keys
      && modelFiles.allSatisfy { name, mine in
        guard let theirs = other.modelFiles[name] else { return false }
        return mine.device == theirs.device && mine.inode == theirs.inode
      }
  }
}

extension ModelVersions {
  /// The stamp of the model files and the manifest of `version`, there or not.
  package func stamp(of version: Int) -> FileStamp {
    FileStamp(of: versionFolder(version), manifest: manifestPath(of: version))
  }
}
