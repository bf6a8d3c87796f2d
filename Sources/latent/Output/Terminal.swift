import Foundation

/// The terminal that shows a command's output.
struct Terminal {
  /// The number of columns.
  let width: Int
  /// Whether text may be emphasised: false if `NO_COLOR` is set (no-color.org) or the terminal can't.
  let hasColors: Bool

  /// The terminal of standard output; nil if that is a pipe or a file.
  static var ofOutput: Terminal? {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    var size = winsize()
    let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    let environment = ProcessInfo.processInfo.environment
    return Terminal(
      width: isKnown ? Int(size.ws_col) : 80,
      hasColors: (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb")
  }

  /// Returns a line in bold, if possible.
  func emphasized(_ line: String) -> String {
    guard hasColors, line.last == "\n" else { return line }
    return "\u{1B}[1m\(line.dropLast())\u{1B}[0m\n"
  }
}
