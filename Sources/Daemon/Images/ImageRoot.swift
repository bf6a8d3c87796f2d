import Errors
import Foundation
import LineProtocol

/// The folder that clients may name images in. Paths are relative to it and can't leave it, and links are not followed.
package struct ImageRoot: Sendable {
  /// The maximum length of a path in bytes.
  private static let pathLimit = 4096

  package let path: String

  /// Throws if there is no folder at `path`, which itself may be a link.
  package init(_ path: String) throws(DaemonError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw DaemonError(
        .failed, "can't be opened as a folder: \(SystemError())", place: path,
        remedy: "Name the folder of the images.")
    }
    close(descriptor)
    self.path = path
  }

  /// Decodes `bytes` of `arguments` as a path, which may still lead anywhere. Throws if they are too many, or no text.
  static func path(
    _ bytes: ArraySlice<UInt8>, of arguments: CommandArguments
  ) throws(ErrorReply) -> String {
    guard bytes.count <= pathLimit else { throw refused(Excerpt.of(bytes)) }
    return try arguments.valid(bytes, "the path")
  }

  /// Returns the content of the file `name` beneath the folder. Blocks. Throws `BAD_ARGUMENT` for a path that leads out
  /// of it, `UNKNOWN_IMAGE` if there is no such file or a link on the way, and `BAD_IMAGE` if the file exceeds `limit`
  /// bytes.
  func read(_ name: String, limit: Int) throws(ErrorReply) -> [UInt8] {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !name.isEmpty, !name.utf8.contains(0),
      parts.allSatisfy({ !["", ".", ".."].contains($0) })
    else { throw Self.refused(name) }
    var folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { if folder >= 0 { close(folder) } }
    for part in parts.dropLast() {
      guard folder >= 0 else { throw Self.missing(name, SystemError()) }
      // A link is not a folder here.
      let inner = openat(folder, String(part), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      let failure = SystemError()
      close(folder)
      folder = inner
      if inner < 0 { throw Self.missing(name, failure) }
    }
    // Opening a pipe would wait for a writer.
    let file = openat(
      folder, String(parts[parts.count - 1]), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw Self.missing(name, SystemError()) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ErrorReply(
        .unknownImage, "'\(Excerpt.of(name))' is not a regular file", remedy: "Name a file.")
    }
    guard status.st_size <= limit else { throw .largeImage(Int(status.st_size), limit: limit) }
    return try Self.contents(of: file, count: Int(status.st_size), name)
  }

  private static func contents(
    of file: CInt, count: Int, _ name: String
  ) throws(ErrorReply) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let given = bytes.withUnsafeMutableBytes { buffer in
        Foundation.read(file, buffer.baseAddress?.advanced(by: done), count - done)
      }
      if given < 0, errno == EINTR { continue }
      guard given > 0 else { break }
      done += given
    }
    guard done == count else { throw missing(name, SystemError()) }
    return bytes
  }

  private static func refused(_ name: String) -> ErrorReply {
    ErrorReply(
      .badArgument, "'\(Excerpt.of(name))' is not a path in the image folder",
      remedy: "Name a file by its path in that folder, such as cats/7.jpg, without . and ..")
  }

  private static func missing(_ name: String, _ error: SystemError) -> ErrorReply {
    ErrorReply(
      .unknownImage, "can't read the image '\(Excerpt.of(name))': \(error)",
      remedy: "Name a file by its path in the image folder; links are not followed.")
  }
}

extension ErrorReply {
  /// Returns the error for an image of too many bytes.
  static func largeImage(_ count: Int, limit: Int) -> ErrorReply {
    ErrorReply(
      .badImage, "the image has \(count) bytes, and the limit is \(limit)", remedy: "Shrink it.")
  }
}
