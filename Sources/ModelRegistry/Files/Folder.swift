import Errors
import Foundation

/// Operations on folders.
enum Folder {
  /// Returns the names in the folder at `path`, unordered. Empty if there is no folder.
  static func contents(of path: String) throws(ModelFileError) -> [String] {
    guard let stream = opendir(path) else {
      if errno == ENOENT { return [] }
      if errno == ENOTDIR {
        throw ModelFileError(
          .notAFile, "not a folder", place: path, remedy: "Name the folder that holds the models.")
      }
      throw .system("read", errno, place: path)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Creates the folder at `path` and its missing parents, and flushes the parents.
  static func make(_ path: String) throws(ModelFileError) {
    if mkdir(path, 0o755) == 0 { return try flush(parent(of: path)) }
    switch errno {
    case EEXIST:
      guard try leadsToFolder(path) else {
        throw ModelFileError(
          .notAFile, "not a folder", place: path, remedy: "Move it away, or name another folder.")
      }
    case ENOENT where parent(of: path) != path:
      try make(parent(of: path))
      guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
        throw .system("create", errno, place: path)
      }
      try flush(parent(of: path))
    default:
      throw .system("create", errno, place: path)
    }
  }

  /// Removes the folder or file at `path` with all its contents. Does nothing if it does not exist.
  static func remove(_ path: String) throws(ModelFileError) {
    do { try FileManager.default.removeItem(atPath: path) } catch CocoaError.fileNoSuchFile {
    } catch {
      throw ModelFileError(
        .inputOutput, "can't be removed: \(error.localizedDescription)", place: path,
        remedy: "Remove it by hand.")
    }
  }

  /// Returns whether `path` itself is a folder; false if it does not exist or is something else, such as a link.
  /// Throws if this cannot be determined.
  static func isFolder(_ path: String) throws(ModelFileError) -> Bool {
    try isFolder(path, lstat)
  }

  /// Returns whether `path` resolves to a folder, following links. Throws as ``isFolder(_:)`` does.
  static func leadsToFolder(_ path: String) throws(ModelFileError) -> Bool {
    try isFolder(path, stat)
  }

  /// Returns whether `path` resolves to anything, following links. Throws if this cannot be determined.
  static func leadsAnywhere(_ path: String) throws(ModelFileError) -> Bool {
    try status(path, stat) != nil
  }

  private typealias Look = (UnsafePointer<CChar>, UnsafeMutablePointer<stat>) -> Int32

  private static func isFolder(_ path: String, _ look: Look) throws(ModelFileError) -> Bool {
    try status(path, look).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
  }

  /// Returns the file status of `path`, or nil if it does not exist.
  private static func status(_ path: String, _ look: Look) throws(ModelFileError) -> stat? {
    var status = Foundation.stat()
    guard look(path, &status) != 0 else { return status }
    guard errno == ENOENT || errno == ENOTDIR else {
      throw .system("access", errno, place: path)
    }
    return nil
  }

  /// Flushes the folder at `path`, so that its entries survive a power failure.
  static func flush(_ path: String) throws(ModelFileError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", errno, place: path) }
    let folder = FileHandleOwner(descriptor)
    guard fsync(folder.descriptor) == 0 else { throw .system("flush", errno, place: path) }
  }

  /// Returns the parent folder of `path`.
  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
