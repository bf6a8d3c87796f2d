import Errors
import Foundation

/// The files beneath a folder, in byte order of their names, folder by folder.
package struct FolderWalk: Sendable {
  /// The folder.
  package let root: String
  /// The paths of the files, relative to the folder, without hidden files and folders.
  package private(set) var files: [String] = []
  /// Links to folders that were left out because the folder was entered before: they form a cycle, or repeat it.
  package private(set) var repeatedFolders: [String] = []

  /// Links to folders. They are followed after all real folders, so that a file is known by its real folder.
  private var links: [(path: String, depth: Int)] = []

  /// The maximum number of files, and the maximum depth of folders.
  static let fileLimit = 10_000_000
  private static let depthLimit = 64

  /// Walks the folder at `root`. Follows links; enters each folder once. Throws if a folder cannot be read, or if
  /// there are too many files or levels.
  package init(_ root: String) throws(ImageDataError) {
    self.root = root
    var status = stat()
    var entered: Set<FileIdentity> = []
    if stat(root, &status) == 0 { entered.insert(FileIdentity(status)) }
    try enter("", depth: 0, &entered)
    guard !links.isEmpty else { return }
    var next = 0
    while next < links.count {
      let (path, depth) = links[next]
      next += 1
      // The link may be dangling by now.
      guard stat(root + "/" + path, &status) == 0 else { continue }
      if entered.insert(FileIdentity(status)).inserted {
        try enter(path, depth: depth, &entered)
      } else {
        repeatedFolders.append(path)
      }
    }
    links = []
    files.sort(by: Self.precedes)
    repeatedFolders.sort(by: Self.precedes)
  }

  private mutating func enter(
    _ folder: String, depth: Int, _ entered: inout Set<FileIdentity>
  ) throws(ImageDataError) {
    let path = folder.isEmpty ? root : root + "/" + folder
    guard depth <= Self.depthLimit else {
      throw ImageDataError(
        .badRequest, "folders are nested more than \(Self.depthLimit) deep", place: path,
        remedy: "Name a folder closer to the images.")
    }
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
      // Foundation's error omits the system's message.
      let handle = opendir(path)
      let error = SystemError()
      if let handle { closedir(handle) }
      throw ImageDataError(
        .inputOutput, "can't be read as a folder: \(error)", place: path,
        remedy: error.remedy(else: "Check the path and that the folder may be read."))
    }
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      guard !name.hasPrefix(".") else { continue }
      let relative = folder.isEmpty ? name : folder + "/" + name
      var status = stat()
      // A dangling link is listed as a file, which is then reported as unreadable.
      guard stat(root + "/" + relative, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        files.append(relative)
        guard files.count <= Self.fileLimit else {
          throw ImageDataError(
            .imageCount, "there are more than \(Self.fileLimit) files", place: root,
            remedy: "Name a folder within it.")
        }
        continue
      }
      var link = stat()
      if lstat(root + "/" + relative, &link) == 0, link.st_mode & S_IFMT == S_IFLNK {
        links.append((relative, depth + 1))
      } else if entered.insert(FileIdentity(status)).inserted {
        try enter(relative, depth: depth + 1, &entered)
      } else {
        repeatedFolders.append(relative)
      }
    }
  }

  /// Returns the order in which folders are walked: by the paths' bytes, with `/` before all other bytes.
  private static func precedes(_ first: String, _ second: String) -> Bool {
    let slash = UInt8(ascii: "/")
    return first.utf8.lexicographicallyPrecedes(second.utf8) {
      ($0 == slash ? 0 : $0) < ($1 == slash ? 0 : $1)
    }
  }
}

/// The identity of a file, whatever its path.
private struct FileIdentity: Hashable {
  let device: UInt64
  let number: UInt64

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    number = UInt64(truncatingIfNeeded: status.st_ino)
  }
}
