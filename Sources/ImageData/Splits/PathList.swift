import Errors
import Foundation

/// A file with one path per line.
struct PathList {
  /// The paths, trimmed and without empty lines.
  let paths: [String]

  /// The maximum size of such a file in bytes.
  static let byteLimit = 256 << 20

  /// Reads the file at `path`, in UTF-8 with or without a byte order mark. Throws with the system's message if it
  /// cannot be read, and if it exceeds the limit; never holds more than that in memory.
  init(path: String) throws(ImageDataError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.unread(path, SystemError()) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Self.unread(path, SystemError()) }
      if count == 0 { break }
      guard bytes.count + count <= Self.byteLimit else {
        throw ImageDataError(
          .inputOutput, "is over \(Self.byteLimit >> 20) MiB", place: path,
          remedy: "List the held-out images, one path per line.")
      }
      bytes += chunk[..<count]
    }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
    paths = text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
      .map { String(decoding: $0, as: UTF8.self)[...].trimmed }.filter { !$0.isEmpty }
  }

  private static func unread(_ path: String, _ error: SystemError) -> ImageDataError {
    ImageDataError(
      .inputOutput, "can't be read: \(error)", place: path,
      remedy: error.remedy(else: "Name a file with one path per line."))
  }
}
