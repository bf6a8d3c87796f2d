import Errors
import Foundation

/// A file that may hold secrets: users with their password hashes, a private key.
enum GuardedFile {
  /// Returns the content of the file at `path`, at most `byteLimit` bytes. Throws if others than its owner and group
  /// could read it, or others than its owner could change it, unless `isPublic`. Never waits for a writer (of a named
  /// pipe).
  static func read(
    _ path: String, byteLimit: Int, isPublic: Bool = false
  ) throws(AccessError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .system("opened", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system("accessed", path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw AccessError(
        .unreadable, "not a regular file", place: path, remedy: "Name a regular file.")
    }
    guard isPublic || status.st_mode & (S_IROTH | S_IWOTH | S_IXOTH | S_IWGRP) == 0 else {
      throw AccessError(
        .exposed,
        "other users can read or change it: its mode is \(String(status.st_mode & 0o7777, radix: 8))",
        place: path,
        remedy: "Restrict it: chmod 600, or 640 if a group may read it.")
    }
    return try bytes(of: descriptor, path, byteLimit)
  }

  private static func bytes(
    of descriptor: CInt, _ path: String, _ byteLimit: Int
  ) throws(AccessError) -> [UInt8] {
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Foundation.read(descriptor, &part, part.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system("read", path) }
      if count == 0 { return bytes }
      bytes += part[..<count]
      guard bytes.count <= byteLimit else {
        throw AccessError(
          .unreadable, "it has more than \(byteLimit) bytes", place: path,
          remedy: "Name the right file.")
      }
    }
  }
}

extension ExplainedError<AccessErrorCode> {
  /// Returns the error for a failed system call (by errno): the file at `path` could not be `what`.
  static func system(_ what: String, _ path: String) -> AccessError {
    let error = SystemError()
    return AccessError(
      .unreadable, "it can't be \(what): \(error)", place: path,
      remedy: error.remedy(else: "Resolve the cause, or name another file."))
  }
}
