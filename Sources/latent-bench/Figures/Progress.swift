import Foundation

/// What the program is at, for the person who waits.
enum Progress {
  /// Writes a line to standard error; a closed stream is not an error.
  static func say(_ line: String) {
    try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
  }
}
