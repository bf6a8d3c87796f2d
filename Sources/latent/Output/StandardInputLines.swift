import Errors
import Foundation

/// Texts on standard input that end with a separator byte, such as a newline, as they arrive.
struct StandardInputLines {
  /// The maximum length of a text in bytes: 16 times the limit of a path on Linux. Each read searches all of them for
  /// the separator.
  static let limit = 1 << 16

  private let separator: UInt8
  private var bytes: [UInt8] = []
  /// The start of the next text in ``bytes``.
  private var start = 0
  private var isAtEnd = false

  init(endingWith separator: UInt8) { self.separator = separator }

  /// Waits for the next text and returns it without its separator, which may also be `\r\n` if it is a newline. Returns
  /// nil after the last one.
  mutating func next() throws(CommandFailure) -> String? {
    while !isWhole { try fill() }
    guard start < bytes.count else { return nil }
    let end = bytes[start...].firstIndex(of: separator) ?? bytes.count
    defer { start = end + 1 }
    var line = bytes[start..<end]
    if separator == UInt8(ascii: "\n"), line.last == UInt8(ascii: "\r") { line.removeLast() }
    return String(decoding: line, as: UTF8.self)
  }

  /// Returns whether ``next()`` would return without waiting.
  mutating func isNextThere() throws(CommandFailure) -> Bool {
    while !isWhole {
      var asked = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard poll(&asked, 1, 0) > 0 else { return false }
      try fill()
    }
    return true
  }

  /// Whether ``bytes`` contains the whole next text, or the input has ended.
  private var isWhole: Bool {
    isAtEnd || (start < bytes.count && bytes[start...].contains(separator))
  }

  private mutating func fill() throws(CommandFailure) {
    bytes.removeFirst(min(start, bytes.count))
    start = 0
    guard bytes.count <= Self.limit else {
      let end = separator == 0 ? "a null byte" : "a new line, or with a null byte and give --null"
      throw CommandFailure(
        "a path on standard input has more than \(Self.limit) bytes",
        remedy: "End each path with \(end).")
    }
    var part = [UInt8](repeating: 0, count: 1 << 16)
    let count = part.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
    guard count >= 0 else {
      let error = SystemError()
      if error.number == EINTR { return }
      throw CommandFailure(
        "standard input can't be read: \(error)", remedy: "Give the paths as arguments.")
    }
    if count == 0 { isAtEnd = true }
    bytes += part.prefix(count)
  }
}
