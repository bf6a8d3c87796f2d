import Foundation

/// Messages to people: progress, warnings, errors. Answers go to standard output alone.
enum StandardError {
  /// Writes `text` as it stands; a closed stream is not an error.
  static func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Whether a person is watching: progress is drawn then only.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// A command's answer.
enum StandardOutput {
  /// Writes `text` as it stands. Throws when the stream is closed or the disk is full.
  static func write(_ text: String) throws {
    try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
  }
}
