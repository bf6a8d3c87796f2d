import ExplainedErrors
import Foundation

/// Where bad lines are set aside: the lines as they stood, so that they can be mended and imported,
/// and beside them, in a file of the same name with `.reasons` behind it, what is wrong with each.
///
/// The lines come behind the header of the file they are from, if it has one. A reason's line begins
/// with the rejects file's path and the line in it, as compilers write it, so that editors jump
/// there. Both files are made anew; without a bad line they are empty.
package final class RejectsFile {
  /// The path as it was given.
  package let path: String
  /// The number of bad lines so far.
  package private(set) var count = 0
  private let lines: FileHandle
  private let reasons: FileHandle
  private var nextLine = 1
  private var form: Form?

  /// What lines must share to stand in one file.
  private struct Form: Equatable {
    let header: [UInt8]?
    let delimiter: Delimiter
    let columnCount: Int
  }

  /// Makes both files at `path`. Throws when one of `inputs`, paths that will be read, would be
  /// overwritten, or when they can't be made.
  package init(path: String, apartFrom inputs: [String]) throws(RatingsFileError) {
    self.path = path
    for input in inputs where input != "-" {
      if try InputFile(path: input).isSameFile(asPath: path) {
        throw RatingsFileError(
          .badRequest, "is itself being imported", place: FilePlace(file: path),
          remedy: "Name another file for --rejects.")
      }
    }
    lines = try Self.create(path)
    reasons = try Self.create(path + ".reasons")
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
      try write(header[...], to: lines)
      nextLine += 1
    }
    try write(Array("\(path):\(nextLine): \(error)\n".utf8)[...], to: reasons)
    var lastByte: UInt8?
    try line { piece throws(RatingsFileError) in
      try write(piece, to: lines)
      nextLine += piece.count { $0 == lineFeed }
      lastByte = piece.last ?? lastByte
    }
    if lastByte != lineFeed {
      try write([lineFeed], to: lines)
      nextLine += 1
    }
    count += 1
  }

  private static func create(_ path: String) throws(RatingsFileError) -> FileHandle {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw RatingsFileError(
        .inputOutput, "can't be written: \(systemErrorText())", place: FilePlace(file: path),
        remedy: "Name a file for --rejects in a folder that exists and may be written to.")
    }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  private func write(_ bytes: ArraySlice<UInt8>, to file: FileHandle) throws(RatingsFileError) {
    do {
      try file.write(contentsOf: Data(bytes))
    } catch {
      throw RatingsFileError(
        .inputOutput, "can't be written: \(error)", place: FilePlace(file: path),
        remedy: "Make room on the disk; nothing was imported.")
    }
  }
}

private let lineFeed = UInt8(ascii: "\n")
