import Errors
import Foundation
import LineProtocol

/// A password that is typed, unseen, or comes on standard input: never an argument, which everybody on the machine can read.
enum PasswordInput {
  /// The password of `user`; typed twice where a person types.
  static func read(for user: String) throws -> String {
    guard isatty(STDIN_FILENO) == 1 else { return try line() }
    let first = try typed("Password of \(user): ")
    guard try typed("Again: ") == first else {
      throw CommandFailure("the two are not the same", remedy: "Try again.")
    }
    return first
  }

  private static func typed(_ prompt: String) throws -> String {
    var usual = termios()
    guard tcgetattr(STDIN_FILENO, &usual) == 0 else {
      throw CommandFailure(
        "the terminal can't be made to hide what is typed: \(SystemError())",
        remedy: "Give the password on standard input.")
    }
    let before = usual
    // A person who gives up must not be left with a terminal that shows nothing.
    let signals = EndingSignals { number in
      var usual = before
      tcsetattr(STDIN_FILENO, TCSANOW, &usual)
      _exit(128 + number)
    }
    var hidden = usual
    hidden.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
    defer {
      tcsetattr(STDIN_FILENO, TCSANOW, &usual)
      StandardError.write("\n")
      withExtendedLifetime(signals) {}
    }
    StandardError.write(prompt)
    return try line()
  }

  /// A line of standard input, byte by byte: what is behind it is somebody else's.
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
      throw CommandFailure("the password is no text in UTF-8", remedy: "Choose another one.")
    }
    return text
  }
}
