import Errors
import Foundation

/// Where bad lines are set aside: the lines as they stood, so that they can be mended and imported,
/// and beside them, in a file of the same name with `.reasons` behind it, what is wrong with each.
///
/// The lines come behind the header of the file they are from, if it has one. A reason's line begins
/// with the rejects file's path and the line in it, as compilers write it, so that editors jump
/// there. Lines of a file in another encoding stand in UTF-8, behind a byte order mark, so that they are read
/// right whatever encoding is said for them. Without a bad line both files are empty. Both appear under their names by ``appear()``, when
/// the import is done: one that fails leaves neither, and can be tried again. Files that are there already
/// and hold anything are not overwritten: they may be all that is left of lines that nobody has mended
/// yet.
package final class RejectsFile {
  /// The path as it was given.
  package let path: String
  /// The number of bad lines so far.
  package private(set) var count = 0
  /// What is wrong with the first of them.
  private(set) var firstReason: RatingsFileError?
  private let lines: NamelessFile
  private let reasons: NamelessFile
  private var nextLine = 1
  private var form: Form?
  /// Whether a byte order mark says that the lines are UTF-8, as they were read from another encoding.
  private var isMarked = false

  /// What lines must share to stand in one file.
  private struct Form: Equatable {
    let header: [UInt8]?
    let format: RecordFormat
    let columnCount: Int
  }

  /// Makes both files beside `path`. Throws when they can't be made, or when one at `path` holds
  /// something, as one of `inputs`, paths that will be read, would.
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

  /// Whether both paths lead to one file. Neither is opened: whoever opens a pipe takes from what it holds.
  private static func areSame(_ path: String, _ other: String) -> Bool {
    var (status, otherStatus) = (stat(), stat())
    return stat(path, &status) == 0 && stat(other, &otherStatus) == 0
      && status.st_dev == otherStatus.st_dev && status.st_ino == otherStatus.st_ino
  }

  /// Gets ready for lines of a file with this header line, written like this.
  func begin(
    header: [UInt8]?, _ format: RecordFormat, columnCount: Int, encoding: TextEncoding
  ) throws(RatingsFileError) {
    if encoding != .utf8 { isMarked = true }
    // JSON's objects stand for themselves, whatever keys they have.
    let form = Form(
      header: header, format: format, columnCount: format == .json ? 0 : columnCount)
    guard self.form == nil || self.form == form else {
      throw RatingsFileError(
        .badRequest,
        "the files imported together are laid out differently, and their bad lines "
          + "could not be read again from one file", place: FilePlace(file: path),
        remedy: "Import them one at a time, each with a file of rejects of its own.")
    }
    self.form = form
  }

  /// Sets a line aside, with what is wrong with it: `line` is handed what takes the line's bytes,
  /// piece by piece.
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

  /// Sees to it that both files are on the disk.
  func flush() throws(RatingsFileError) {
    try lines.flush()
    try reasons.flush()
  }

  /// Gives both files their names. Those that never get theirs go with their owner.
  package func appear() throws(RatingsFileError) {
    try lines.appear()
    try reasons.appear()
  }
}
