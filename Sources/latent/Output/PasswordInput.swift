import Errors
import Foundation
import LineProtocol

/// A password that is typed without echo or read from standard input. It is never an argument, which all users of the
/// machine can read.
enum PasswordInput {
  /// Reads the password of `user`; at a terminal it must be typed twice.
  static func read(for user: String) throws -> String {
    guard isatty(STDIN_FILENO) == 1 else { return try line() }
    let first = try HiddenTyping.line("Password of \(user): ", line)
    guard try HiddenTyping.line("Again: ", line) == first else {
      throw CommandFailure("the two passwords differ", remedy: "Try again.")
    }
    return first
  }

  /// Reads a line from standard input byte by byte, as the bytes after it are for other readers.
  private static func line() throws -> String {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while bytes.count <= Credentials.byteLimit + 1 {
      let count = Foundation.read(STDIN_FILENO, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw CommandFailure(
          "standard input can't be read: \(SystemError())", remedy: "Type the password.")
      }
      if count == 0 || byte == UInt8(ascii: "\n") { break }
      bytes.append(byte)
    }
    if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure("the password is not valid UTF-8", remedy: "Choose another one.")
    }
    return text
  }
}
