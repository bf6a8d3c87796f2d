import Errors
import Foundation

/// Collects the faulty lines in their original form, so that they can be corrected and imported. A second
/// file with `.reasons` appended to its name says what is wrong with each.
///
/// The lines follow the header of the file they are from, if it has one. Each reason begins with the path of
/// the rejects file and the line number, in compiler style, so that editors can jump there. Lines from a file
/// in another encoding are written in UTF-8 after a byte order mark, so that they are read correctly whatever
/// encoding is specified for them. Without faulty lines, both files are empty.
///
/// Both get their names in ``appear()``, when the import is done; a failed import leaves neither, and can be
/// retried. Existing files that are not empty are not overwritten: they may hold the only copy of lines that
/// have not been corrected yet.
package final class RejectsFile {
  /// The path as given.
  package let path: String
  /// The number of faulty lines so far.
  package private(set) var count = 0
  /// The fault of the first of them.
  private(set) var firstReason: RatingsFileError?
  private let lines: NamelessFile
  private let reasons: NamelessFile
  private var nextLine = 1
  private var form: Form?
  /// Whether a byte order mark marks the lines as UTF-8, because they were read in another encoding.
  private var isMarked = false

  /// The properties that lines in one file must share.
  private struct Form: Equatable {
    let header: [UInt8]?
    let format: RecordFormat
    let columnCount: Int
  }

  /// Creates both files at `path`. Throws if they can't be created, or if one that exists is not empty, as
  /// any of `inputs`, the paths to be read, would be.
  package init(path: String, apartFrom inputs: [String]) throws(RatingsFileError) {
    self.path = path
    for input in inputs where input != "-" && Self.areSame(input, path) {
      throw RatingsFileError(
        .badRequest, "is itself being imported", place: FilePlace(file: path),
        remedy: "Name another file for the rejects.")
    }
    lines = try NamelessFile(path: path)
    reasons = try NamelessFile(path: path + ".reasons")
  }

  /// Returns whether both paths refer to the same file. Opens neither, because opening a pipe consumes its
  /// data.
  private static func areSame(_ path: String, _ other: String) -> Bool {
    var (status, otherStatus) = (stat(), stat())
    return stat(path, &status) == 0 && stat(other, &otherStatus) == 0
      && status.st_dev == otherStatus.st_dev && status.st_ino == otherStatus.st_ino
  }

  /// Prepares for lines of a file with this header line and format.
  func begin(
    header: [UInt8]?, _ format: RecordFormat, columnCount: Int, encoding: TextEncoding
  ) throws(RatingsFileError) {
    if encoding != .utf8 { isMarked = true }
    // JSON objects are self-describing, whatever their keys.
    let form = Form(
      header: header, format: format, columnCount: format == .json ? 0 : columnCount)
    guard self.form == nil || self.form == form else {
      throw RatingsFileError(
        .badRequest,
        "the files imported together have different layouts, so their bad lines "
          + "could not be read again from one file", place: FilePlace(file: path),
        remedy: "Import them one at a time, each with its own file of rejects.")
    }
    self.form = form
  }

  /// Adds a faulty line and its fault. `line` calls its argument with the line's bytes, piece by piece.
  func add(
    because error: RatingsFileError,
    _ line: ((ArraySlice<UInt8>) throws(RatingsFileError) -> Void) throws(RatingsFileError) -> Void
  ) throws(RatingsFileError) {
    if firstReason == nil { firstReason = error }
    if count == 0, isMarked { try lines.write(byteOrderMark[...]) }
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

  /// Flushes both files to disk.
  func flush() throws(RatingsFileError) {
    try lines.flush()
    try reasons.flush()
  }

  /// Gives both files their names. Files that never get a name are removed with their owner.
  package func appear() throws(RatingsFileError) {
    try lines.appear()
    try reasons.appear()
  }
}
