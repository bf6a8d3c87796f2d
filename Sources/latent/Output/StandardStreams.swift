import Errors
import Foundation
import Ratings

/// The three standard streams.
enum StandardStreams {
  /// Opens a placeholder that can't be read or written for each stream that was closed at the start. Otherwise the next
  /// file to be opened would get the stream's descriptor, and be written to.
  static func holdClosed() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // open returns the lowest free descriptor, which is this one.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}

/// Messages to people: progress, warnings, errors. Results go only to standard output.
enum StandardError {
  /// Writes `text` without the passwords of the command line, as a message may repeat an argument. A closed stream is
  /// not an error.
  static func write(_ text: String) {
    let shown = ProgramArguments.redaction(text)
    try? FileHandle.standardError.write(contentsOf: Data(shown.utf8))
  }

  /// Writes a line with control characters replaced, as it may repeat an id or a title, which could control the
  /// terminal.
  static func note(_ line: String) { write(line.withoutControls + "\n") }

  /// Whether standard error is a terminal; progress is displayed only there.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// A command's output.
enum StandardOutput {
  /// Writes `text` unchanged. Throws if the stream is closed or the disk is full.
  static func write(_ text: String) throws(CommandFailure) {
    if let error = writeAll(Array(text.utf8), to: STDOUT_FILENO) {
      throw CommandFailure(
        "standard output can't be written: \(error)",
        remedy: "Make room, or write elsewhere; everything else that the command did is done.")
    }
  }
}
