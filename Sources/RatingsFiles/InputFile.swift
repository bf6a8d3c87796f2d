import Errors
import Foundation

/// A file, pipe or standard input that is open for reading; closed when its owner goes.
final class InputFile {
  /// The file as messages name it.
  let name: String
  /// The number of bytes, when it is a file and not a pipe.
  private(set) var size: Int?
  /// The number of bytes handed out since the beginning or the last ``rewind()``.
  private(set) var bytesRead = 0
  private var descriptor: CInt
  /// What ``peek(_:)`` has read ahead; `peekedPosition` of it has been handed out.
  private var peeked: [UInt8] = []
  private var peekedPosition = 0

  /// Opens the file at `path`; `-` is standard input.
  init(path: String) throws(RatingsFileError) {
    name = path == "-" ? "standard input" : path
    descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw RatingsFileError(
        .inputOutput, "can't be opened: \(SystemError())", place: FilePlace(file: name),
        remedy: SystemError().remedy(else: "Check the path and that the file may be read."))
    }
    guard let status = Self.status(of: descriptor) else { return }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      close(descriptor)
      throw RatingsFileError(
        .inputOutput, "is a folder, not a file", place: FilePlace(file: name),
        remedy: "Name the file in it.")
    }
    if status.st_mode & S_IFMT == S_IFREG { size = Int(status.st_size) }
  }

  deinit { close(descriptor) }

  /// Reads up to `count` bytes into `buffer` from `position` on, and returns how many came; 0 at the
  /// end. `buffer` must be long enough.
  func read(into buffer: inout [UInt8], at position: Int, upTo count: Int)
    throws(RatingsFileError) -> Int
  {
    precondition(position >= 0 && count >= 0 && position + count <= buffer.count)
    if peekedPosition < peeked.count {
      let given = min(count, peeked.count - peekedPosition)
      buffer.replaceSubrange(
        position..<position + given, with: peeked[peekedPosition..<peekedPosition + given])
      peekedPosition += given
      bytesRead += given
      return given
    }
    let given = try readDescriptor(into: &buffer, at: position, upTo: count)
    bytesRead += given
    return given
  }

  /// The next `count` bytes, fewer only at the end, without handing them out.
  func peek(_ count: Int) throws(RatingsFileError) -> ArraySlice<UInt8> {
    if peekedPosition > 0 {
      peeked.removeFirst(peekedPosition)
      peekedPosition = 0
    }
    var filled = peeked.count
    guard filled < count else { return peeked.prefix(count) }
    peeked += Array(repeating: 0, count: count - filled)
    while filled < count {
      let given = try readDescriptor(into: &peeked, at: filled, upTo: count - filled)
      if given == 0 { break }
      filled += given
    }
    peeked.removeLast(count - filled)
    return peeked.prefix(count)
  }

  /// Makes ``rewind()`` possible: what comes from a pipe is copied to a temporary file, which has no
  /// name and goes with this object or the process. A file is left as it is. Throws when more than
  /// `spoolLimit` bytes come.
  func makeRewindable(spoolLimit: Int) throws(RatingsFileError) {
    guard size == nil else { return }
    let folder = FileManager.default.temporaryDirectory.path
    var path = Array((folder + "/latent-import-XXXXXX").utf8CString)
    let spool = mkstemp(&path)
    guard spool >= 0 else { throw spoolFailure(folder) }
    unlink(path)
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var total = 0
    do throws(RatingsFileError) {
      while true {
        let count = try read(into: &buffer, at: 0, upTo: buffer.count)
        if count == 0 { break }
        total += count
        guard total <= spoolLimit else {
          throw RatingsFileError(
            .notRewindable,
            "more than \(spoolLimit >> 20) MiB came, which are kept in \(folder) to be read twice",
            place: FilePlace(file: name),
            remedy: "Say the types of the ids, with which once is enough, or allow more.")
        }
        try writeAll(buffer[..<count], to: spool, failure: { spoolFailure(folder) })
      }
    } catch {
      close(spool)
      throw error
    }
    close(descriptor)
    descriptor = spool
    size = total
    try rewind()
  }

  /// Goes back to the first byte. Traps on a pipe that was not made rewindable.
  func rewind() throws(RatingsFileError) {
    precondition(size != nil, "a pipe can't be read twice")
    peeked = []
    peekedPosition = 0
    bytesRead = 0
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw readFailure() }
  }

  /// Whether both are the same file, by whatever path.
  func isSameFile(asPath path: String) -> Bool {
    var other = stat()
    guard stat(path, &other) == 0, let own = Self.status(of: descriptor) else { return false }
    return own.st_dev == other.st_dev && own.st_ino == other.st_ino
  }

  private static func status(of descriptor: CInt) -> stat? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? status : nil
  }

  private func readDescriptor(into buffer: inout [UInt8], at position: Int, upTo count: Int)
    throws(RatingsFileError) -> Int
  {
    while true {
      let given = buffer.withUnsafeMutableBytes { bytes in
        Foundation.read(descriptor, bytes.baseAddress?.advanced(by: position), count)
      }
      if given >= 0 { return given }
      guard errno == EINTR else { throw readFailure() }
    }
  }

  private func readFailure() -> RatingsFileError {
    RatingsFileError(
      .inputOutput, "reading failed: \(SystemError())", place: FilePlace(file: name),
      remedy: "Nothing was imported: try again, or check the disk.")
  }

  private func spoolFailure(_ folder: String) -> RatingsFileError {
    RatingsFileError(
      .notRewindable,
      "can't be kept in \(folder) to be read twice: \(SystemError())",
      place: FilePlace(file: name),
      remedy: SystemError().remedy(
        else: "Make room, point TMPDIR elsewhere, or say the types of the ids, with which once is "
          + "enough."))
  }
}

/// Writes all of `bytes`, or throws what `failure` makes of the system's error.
func writeAll(
  _ bytes: ArraySlice<UInt8>, to descriptor: CInt, failure: () -> RatingsFileError
) throws(RatingsFileError) {
  var rest = bytes
  while !rest.isEmpty {
    let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if written >= 0 { rest = rest.dropFirst(written) } else if errno != EINTR { throw failure() }
  }
}
