import Errors
import Foundation

/// The bytes of a file, a pipe or standard input. Closed on deinitialisation.
final class DescriptorStream: ByteStream {
  /// The file's name in messages.
  private let name: String
  private let descriptor: CInt
  /// The size in bytes if it is a file, nil for a pipe.
  let size: Int?
  /// The number of bytes read since the start or the last ``rewind()``.
  private(set) var bytesRead = 0

  /// Opens the file at `path`; `-` is standard input.
  init(path: String, name: String) throws(RatingsFileError) {
    self.name = name
    descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      size = nil
      throw RatingsFileError(
        .inputOutput, "can't be opened: \(SystemError())", place: FilePlace(file: name),
        remedy: SystemError().remedy(else: "Check the path and that the file may be read."))
    }
    let status = Self.status(of: descriptor)
    size = status.flatMap { $0.st_mode & S_IFMT == S_IFREG ? Int($0.st_size) : nil }
    guard status.map({ $0.st_mode & S_IFMT != S_IFDIR }) ?? true else {
      throw RatingsFileError(
        .inputOutput, "is a folder, not a file", place: FilePlace(file: name),
        remedy: "Name the file in it.")
    }
  }

  /// Takes ownership of an open file of `size` bytes.
  init(_ descriptor: CInt, size: Int, name: String) {
    self.name = name
    self.descriptor = descriptor
    self.size = size
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func read(into buffer: inout [UInt8], at position: Int, upTo count: Int)
    throws(RatingsFileError) -> Int
  {
    precondition(position >= 0 && count >= 0 && position + count <= buffer.count)
    while true {
      let given = buffer.withUnsafeMutableBytes { bytes in
        Foundation.read(descriptor, bytes.baseAddress?.advanced(by: position), count)
      }
      if given >= 0 {
        bytesRead += given
        return given
      }
      guard errno == EINTR else { throw failure() }
    }
  }

  func rewind() throws(RatingsFileError) {
    precondition(size != nil, "a pipe can't be read twice")
    bytesRead = 0
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw failure() }
  }

  private static func status(of descriptor: CInt) -> stat? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? status : nil
  }

  private func failure() -> RatingsFileError {
    RatingsFileError(
      .inputOutput, "reading failed: \(SystemError())", place: FilePlace(file: name),
      remedy: "Nothing was imported: try again, or check the disk.")
  }
}
