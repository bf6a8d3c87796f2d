import Errors
import Foundation
import Ratings

/// The three streams that a program is started with.
enum StandardStreams {
  /// Puts something that can't be read or written in the place of each stream that this program was
  /// started without, before a file is opened: it would get the stream's number, and be written to.
  static func holdClosed() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest number that is free is this one.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}

/// Messages to people: progress, warnings, errors. Answers go to standard output alone.
enum StandardError {
  /// Writes `text`, without the passwords that the command line holds: a message may repeat an argument.
  /// A closed stream is not an error.
  static func write(_ text: String) {
    let shown = ProgramArguments.redaction(text)
    try? FileHandle.standardError.write(contentsOf: Data(shown.utf8))
  }

  /// Writes a line, in which control characters are replaced: it may repeat an id or a title, which could drive the terminal.
  static func note(_ line: String) { write(line.withoutControls + "\n") }

  /// Whether a person is watching: progress is drawn then only.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// A command's answer.
enum StandardOutput {
  /// Writes `text` as it stands. Throws when the stream is closed or the disk is full.
  static func write(_ text: String) throws(CommandFailure) {
    if let error = writeAll(Array(text.utf8), to: STDOUT_FILENO) {
      throw CommandFailure(
        "standard output can't be written: \(error)",
        remedy: "Make room or write elsewhere; what the command did besides is done.")
    }
  }
}
