import Errors
import Foundation

/// A file in the temporary folder that has no name, so that it goes with its owner or the process.
final class TemporaryFile {
  private let use: TemporaryFileUse
  private var descriptor: CInt
  /// Where it is.
  var folder: String { use.folder }
  /// The number of bytes in it.
  private(set) var byteCount = 0

  /// Makes an empty one; errors say that what comes from the file called `name` can't be kept in it for
  /// `purpose`.
  init(purpose: TemporaryFileUse.Purpose, name: String) throws(RatingsFileError) {
    use = TemporaryFileUse(purpose: purpose, name: name)
    var path = Array((use.folder + "/latent-import-XXXXXX").utf8CString)
    descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw use.failure() }
    unlink(path)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Writes `bytes` behind what is there.
  func append(_ bytes: ArraySlice<UInt8>) throws(RatingsFileError) {
    try writeAll(bytes, to: descriptor, failure: use.failure)
    byteCount += bytes.count
  }

  /// Hands the open file over; it stands behind its last byte.
  func takeDescriptor() -> CInt {
    defer { descriptor = -1 }
    return descriptor
  }

  /// Hands over what was written, to be read.
  func sealed() -> SealedFile { SealedFile(takeDescriptor(), use) }
}

/// A temporary file that nothing more is written to, for any thread.
final class SealedFile: Sendable {
  private let descriptor: CInt
  private let use: TemporaryFileUse

  fileprivate init(_ descriptor: CInt, _ use: TemporaryFileUse) {
    self.descriptor = descriptor
    self.use = use
  }

  deinit { close(descriptor) }

  /// Reads up to `count` bytes from `offset` of the file into `buffer` from `position` on, and returns
  /// how many came; 0 at the end.
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

/// What a temporary file is for, as errors say it.
struct TemporaryFileUse: Sendable {
  /// Why something is kept.
  enum Purpose: String {
    case reading = "to be read twice"
    case sorting = "to be sorted"
  }

  let purpose: Purpose
  let name: String
  let folder = FileManager.default.temporaryDirectory.path

  func failure() -> RatingsFileError {
    let otherwise =
      purpose == .reading ? ", or say the types of the ids, with which once is enough" : ""
    return RatingsFileError(
      purpose == .reading ? .notRewindable : .inputOutput,
      "can't be kept in \(folder) \(purpose.rawValue): \(SystemError())",
      place: FilePlace(file: name),
      remedy: SystemError().remedy(else: "Make room, or point TMPDIR elsewhere\(otherwise)."))
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
