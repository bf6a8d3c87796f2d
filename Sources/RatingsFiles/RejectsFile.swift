import ExplainedErrors
import Foundation

/// Where bad lines are set aside: the lines as they stood, so that they can be mended and imported,
/// and beside them, in a file of the same name with `.reasons` behind it, what is wrong with each.
///
/// The lines come behind the header of the file they are from, if it has one. A reason's line begins
/// with the rejects file's path and the line in it, as compilers write it, so that editors jump
/// there. Without a bad line both files are empty. Files that are there already and hold anything are
/// not overwritten: they may be all that is left of lines that nobody has mended yet.
package final class RejectsFile {
  /// The path as it was given.
  package let path: String
  /// The number of bad lines so far.
  package private(set) var count = 0
  private let lines: OutputFile
  private let reasons: OutputFile
  private var nextLine = 1
  private var form: Form?

  /// What lines must share to stand in one file.
  private struct Form: Equatable {
    let header: [UInt8]?
    let delimiter: Delimiter
    let columnCount: Int
  }

  /// Makes both files at `path`. Throws when they can't be made, or when one of them holds something,
  /// as one of `inputs`, paths that will be read, would.
  package init(path: String, apartFrom inputs: [String]) throws(RatingsFileError) {
    self.path = path
    for input in inputs where input != "-" {
      if try InputFile(path: input).isSameFile(asPath: path) {
        throw RatingsFileError(
          .badRequest, "is itself being imported", place: FilePlace(file: path),
          remedy: "Name another file for --rejects.")
      }
    }
    lines = try OutputFile(path: path)
    reasons = try OutputFile(path: path + ".reasons")
  }

  /// Gets ready for lines of a file with this header line and layout.
  func begin(header: [UInt8]?, layout: RatingsLayout) throws(RatingsFileError) {
    let form = Form(
      header: header, delimiter: layout.delimiter, columnCount: layout.columnCount)
    guard self.form == nil || self.form == form else {
      throw RatingsFileError(
        .badRequest,
        "the files imported together are laid out differently, and their bad lines "
          + "could not be read again from one file", place: FilePlace(file: path),
        remedy: "Import them one at a time, each with its own --rejects.")
    }
    self.form = form
  }

  /// Sets a line aside, with what is wrong with it: `line` is handed what takes the line's bytes,
  /// piece by piece.
  func add(
    because error: RatingsFileError,
    _ line: ((ArraySlice<UInt8>) throws(RatingsFileError) -> Void) throws(RatingsFileError) -> Void
  ) throws(RatingsFileError) {
    if count == 0, let header = form?.header {
      try lines.write(header[...])
      nextLine += 1
    }
    try reasons.write(Array("\(path):\(nextLine): \(error)\n".utf8)[...])
    var lastByte: UInt8?
    try line { piece throws(RatingsFileError) in
      try lines.write(piece)
      nextLine += piece.count { $0 == lineFeed }
      lastByte = piece.last ?? lastByte
    }
    if lastByte != lineFeed {
      try lines.write([lineFeed])
      nextLine += 1
    }
    count += 1
  }
}

/// An open file that is written to; closed when its owner goes.
private final class OutputFile {
  private let path: String
  private let descriptor: CInt

  /// Makes the file at `path`, or opens one that is empty.
  init(path: String) throws(RatingsFileError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw RatingsFileError(
        .inputOutput, "can't be written: \(systemErrorText())", place: FilePlace(file: path),
        remedy: "Name a file for --rejects in a folder that exists and may be written to.")
    }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 {
      close(descriptor)
      throw RatingsFileError(
        .badRequest, "is there already and would be overwritten", place: FilePlace(file: path),
        remedy: "If it holds lines that an earlier import set aside, mend and import them; then "
          + "remove it, or name another file for --rejects.")
    }
  }

  deinit { close(descriptor) }

  func write(_ bytes: ArraySlice<UInt8>) throws(RatingsFileError) {
    try InputFile.writeAll(bytes, to: descriptor) {
      RatingsFileError(
        .inputOutput, "can't be written: \(systemErrorText())", place: FilePlace(file: path),
        remedy: "Make room on the disk; nothing was imported.")
    }
  }
}

private let lineFeed = UInt8(ascii: "\n")
