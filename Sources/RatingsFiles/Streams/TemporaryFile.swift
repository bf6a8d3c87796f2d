import Errors
import Foundation

/// An unnamed file in the temporary folder, which disappears with its owner or the process.
final class TemporaryFile {
  private let use: TemporaryFileUse
  private var descriptor: CInt
  /// The folder that contains it.
  var folder: String { use.folder }
  /// The size in bytes.
  private(set) var byteCount = 0

  /// Creates an empty file. Errors say that data from the file called `name` can't be stored for `purpose`.
  init(purpose: TemporaryFileUse.Purpose, name: String) throws(RatingsFileError) {
    use = TemporaryFileUse(purpose: purpose, name: name)
    var path = Array((use.folder + "/latent-import-XXXXXX").utf8CString)
    descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw use.failure() }
    unlink(path)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Appends `bytes`.
  func append(_ bytes: ArraySlice<UInt8>) throws(RatingsFileError) {
    try writeAll(bytes, to: descriptor, failure: use.failure)
    byteCount += bytes.count
  }

  /// Transfers ownership of the open file, positioned at its end.
  func takeDescriptor() -> CInt {
    defer { descriptor = -1 }
    return descriptor
  }

  /// Returns the written file for reading.
  func sealed() -> SealedFile { SealedFile(takeDescriptor(), use) }
}

/// A temporary file that is no longer written to, usable from any thread.
final class SealedFile: Sendable {
  private let descriptor: CInt
  private let use: TemporaryFileUse

  fileprivate init(_ descriptor: CInt, _ use: TemporaryFileUse) {
    self.descriptor = descriptor
    self.use = use
  }

  deinit { close(descriptor) }

  /// Reads up to `count` bytes at `offset` of the file into `buffer` from `position` on, and returns the
  /// number read; 0 at the end.
  func read(into buffer: inout [UInt8], at position: Int, upTo count: Int, from offset: Int)
    throws(RatingsFileError) -> Int
  {
    precondition(position >= 0 && count >= 0 && position + count <= buffer.count)
    while true {
      let given = buffer.withUnsafeMutableBytes { bytes in
        pread(descriptor, bytes.baseAddress?.advanced(by: position), count, off_t(offset))
      }
      if given >= 0 { return given }
      guard errno == EINTR else { throw use.failure() }
    }
  }
}

/// The use of a temporary file, for error messages.
struct TemporaryFileUse: Sendable {
  /// The reason for storing something.
  enum Purpose: String {
    case reading = "to be read twice"
    case sorting = "to be sorted"
  }

  let purpose: Purpose
  let name: String
  let folder = FileManager.default.temporaryDirectory.path

  func failure() -> RatingsFileError {
    let otherwise =
      purpose == .reading ? ", or specify the types of the ids, so that one pass is enough" : ""
    return RatingsFileError(
      purpose == .reading ? .notRewindable : .inputOutput,
      "can't be stored in \(folder) \(purpose.rawValue): \(SystemError())",
      place: FilePlace(file: name),
      remedy: SystemError().remedy(else: "Make room, or point TMPDIR elsewhere\(otherwise)."))
  }
}

/// Writes all of `bytes`, or throws the result of `failure` for the system's error.
func writeAll(
  _ bytes: ArraySlice<UInt8>, to descriptor: CInt, failure: () -> RatingsFileError
) throws(RatingsFileError) {
  var rest = bytes
  while !rest.isEmpty {
    let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if written >= 0 { rest = rest.dropFirst(written) } else if errno != EINTR { throw failure() }
  }
}
