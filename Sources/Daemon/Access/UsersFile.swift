import Errors
import Foundation

/// The file of a server's users. It is replaced atomically: a reader finds the old one or the new one.
package struct UsersFile: Sendable {
  package let path: String

  private static let byteLimit = 4 << 20

  package init(path: String) { self.path = path }

  /// Reads the users in the file.
  package func read() throws(AccessError) -> UserTable {
    try UserTable(reading: text(), of: path)
  }

  /// Changes the users in the file, none if it is missing, for one process at a time. A new file is accessible to its
  /// owner alone. An existing one keeps its owner, group and mode, as far as this process may set them, and the
  /// comments at its head. Throws an ``AccessError``, or what `change` throws.
  package func change(_ change: (inout UserTable) throws -> Void) throws {
    // A symbolic link stays, and leads to the new file.
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let folder = URL(fileURLWithPath: target).deletingLastPathComponent().path
    let lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard lock >= 0, flock(lock, LOCK_EX) == 0 else { throw AccessError.system("opened", folder) }
    defer { close(lock) }
    var status = stat()
    let isThere = stat(target, &status) == 0
    let before = isThere ? try text() : Self.head
    var table = try UserTable(reading: before, of: path)
    try change(&table)
    let comments = UserTable.lines(of: before).filter { !$0.isEmpty }
      .prefix { $0.hasPrefix("#") }.map(String.init)
    try Self.replace(target, with: table.text(below: comments), like: isThere ? status : nil)
    // Without this the old file may be back after a power cut.
    fsync(lock)
  }

  private static let head =
    "# The users of latent serve --users: name:role:hash, written by latent passwd.\n"

  private func text() throws(AccessError) -> String {
    let bytes = try GuardedFile.read(path, byteLimit: Self.byteLimit)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw AccessError(
        .badUsers, "it is not text in UTF-8", place: path, remedy: "Name the right file.")
    }
    return text
  }

  /// Replaces `target` by a file that holds `text`. The folder is locked: nobody else writes a draft there.
  private static func replace(
    _ target: String, with text: String, like status: stat?
  ) throws(AccessError) {
    let draft = target + ".new"
    unlink(draft)
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .system("written", draft) }
    defer { close(descriptor) }
    do throws(AccessError) {
      if let status { try give(descriptor, draft, to: status) }
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw .system("written", draft) }
        rest = rest.dropFirst(count)
      }
      guard fsync(descriptor) == 0, rename(draft, target) == 0 else {
        throw .system("written", target)
      }
    } catch {
      unlink(draft)
      throw error
    }
  }

  /// Gives the new file the owner, group and mode of the old one while it is still empty.
  private static func give(
    _ descriptor: CInt, _ path: String, to status: stat
  ) throws(AccessError) {
    let isOwners =
      fchown(descriptor, status.st_uid, status.st_gid) == 0
      || fchown(descriptor, uid_t.max, status.st_gid) == 0
    guard fchmod(descriptor, isOwners ? status.st_mode & 0o640 | 0o600 : 0o600) == 0 else {
      throw .system("written", path)
    }
  }
}
