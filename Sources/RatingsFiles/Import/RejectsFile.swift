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
  /// Whether all of them are wrong in the same way, by the errors' code.
  private(set) var reasonsAreAlike = true
  private let lines: OutputFile
  private let reasons: OutputFile
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
    lines = try OutputFile(path: path)
    reasons = try OutputFile(path: path + ".reasons")
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
    if firstReason?.code != error.code { reasonsAreAlike = false }
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

/// A file in the making that has no name until it appears: whatever ends the process before, a signal
/// among it, nothing of it stays. Where the system can't make such a file it bears a name beside the one
/// that it is to have, and is removed with its owner.
private final class OutputFile {
  /// The name that it is to have, as it was given.
  private let path: String
  /// The file that a link at ``path`` leads to, there or not, else ``path``; nil for a pipe or device,
  /// which is written to as it stands.
  private var target: String?
  /// The name that it has until then; nil for none.
  private var stagingPath: String?
  private let descriptor: CInt

  /// Makes a file that is to stand at `path`. Throws where there is one that holds anything.
  init(path: String) throws(RatingsFileError) {
    self.path = path
    var status = stat()
    let isThere = stat(path, &status) == 0
    if isThere, status.st_mode & S_IFMT != S_IFREG {
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
    } else {
      guard !isThere || status.st_size == 0 else { throw Self.occupied(path) }
      let target = try Self.target(of: path)
      let nameless = Self.openNameless(in: Self.folder(of: target))
      if nameless < 0 { stagingPath = Self.stagingPath(of: target) }
      descriptor =
        stagingPath.map { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644) } ?? nameless
      self.target = target
    }
    guard descriptor >= 0 else {
      stagingPath = nil
      throw Self.unwritable(path)
    }
  }

  deinit {
    close(descriptor)
    if let stagingPath { unlink(stagingPath) }
  }

  func write(_ bytes: ArraySlice<UInt8>) throws(RatingsFileError) {
    try writeAll(bytes, to: descriptor, failure: failure)
  }

  func flush() throws(RatingsFileError) {
    if target != nil, fsync(descriptor) != 0 { throw failure() }
  }

  /// Gives the file its name. Where that fails, it stays under the one that the error says.
  func appear() throws(RatingsFileError) {
    guard let target else { return }
    self.target = nil
    // A link never replaces a file, an empty one neither: that is for a rename.
    let staged = stagingPath ?? Self.stagingPath(of: target)
    guard stagingPath != nil || Self.name(descriptor, staged) else {
      throw RatingsFileError(
        .inputOutput, "can't be made: \(SystemError())", place: FilePlace(file: path),
        remedy: "The import is done; what was set aside is lost. Import the same again to have it.")
    }
    stagingPath = nil
    var status = stat()
    let isTaken = stat(target, &status) == 0 && status.st_size > 0
    guard !isTaken, rename(staged, target) == 0 else {
      throw RatingsFileError(
        .inputOutput, isTaken ? "is there by now" : "can't be made: \(SystemError())",
        place: FilePlace(file: path),
        remedy: "The import is done; what was set aside is in \(staged).")
    }
  }

  /// Opens a file without a name in `folder`; -1 where there can't be one, or it could not be named.
  private static func openNameless(in folder: String) -> CInt {
    #if os(Linux)
      // Such files get their names by way of /proc.
      guard access("/proc/self/fd", X_OK) == 0 else { return -1 }
      return open(folder, O_WRONLY | temporaryFile | O_CLOEXEC, 0o644)
    #else
      return -1
    #endif
  }

  /// Names the file that `descriptor` is open on, and returns whether that went well.
  private static func name(_ descriptor: CInt, _ path: String) -> Bool {
    #if os(Linux)
      return linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW)
        == 0
    #else
      return false
    #endif
  }

  private static func stagingPath(of target: String) -> String {
    target + ".\(UInt32.random(in: 0 ... .max)).unfinished"
  }

  /// The file that a link at `path` leads to, be it there or not, else `path`.
  private static func target(of path: String) throws(RatingsFileError) -> String {
    var target = path
    // As many as Linux follows.
    for _ in 0..<40 {
      guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: target) else {
        return target
      }
      target = next.hasPrefix("/") ? next : folder(of: target) + "/" + next
    }
    errno = ELOOP
    throw unwritable(path)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func unwritable(_ path: String) -> RatingsFileError {
    RatingsFileError(
      .inputOutput, "can't be written: \(SystemError())", place: FilePlace(file: path),
      remedy: SystemError(errno == EACCES ? 0 : errno).remedy(
        else: "Name a file for the rejects in a folder that exists and may be written to."))
  }

  private func failure() -> RatingsFileError {
    RatingsFileError(
      .inputOutput, "can't be written: \(SystemError())", place: FilePlace(file: path),
      remedy: "Make room on the disk; nothing was imported.")
  }

  private static func occupied(_ path: String) -> RatingsFileError {
    RatingsFileError(
      .badRequest, "is there already and would be overwritten", place: FilePlace(file: path),
      remedy: "If it holds lines that an earlier import set aside, mend and import them; then "
        + "remove it, or name another file for the rejects.")
  }
}

#if os(Linux)
  /// O_TMPFILE, a macro that Swift can't import.
  private let temporaryFile = CInt(0o20_000_000) | O_DIRECTORY
#endif
