import Errors
import Foundation

extension String {
  /// Whether the text may stem from bytes that are not UTF-8. As a path it then names another file.
  package var holdsReplacedBytes: Bool { contains("\u{FFFD}") }
}

/// The bytes of a file in memory, with its name for error messages.
struct EncodedImage {
  let name: String
  let bytes: [UInt8]

  init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// Reads the whole file at `path`. Throws if it cannot be read, is not a regular file or exceeds `limit` bytes.
  init(path: String, limit: Int) throws(ImageError) {
    // Opening a pipe would otherwise block until it has a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let error = SystemError()
      // Bytes of the name that are not UTF-8 were replaced earlier.
      guard error.number != ENOENT || !path.holdsReplacedBytes else {
        throw ImageError(
          .inputOutput, "can't be opened: its name is not UTF-8", place: path,
          remedy: "Rename the file.")
      }
      throw ImageError(
        .inputOutput, "can't be opened: \(error)", place: path,
        remedy: error.remedy(else: "Check the path and that the file may be read."))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.unread(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw ImageError(
        .notAFile, isFolder ? "is a folder" : "is not a regular file", place: path,
        remedy: isFolder ? "Name the files in it." : "Copy it into a file first.")
    }
    guard status.st_size <= limit else {
      throw ImageError(
        .fileTooLarge, "has \(status.st_size) bytes, and the limit is \(limit)", place: path,
        remedy: "Downscale it, exclude it, or raise the limit.")
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var count = 0
    while count < bytes.count {
      let given = bytes.withUnsafeMutableBytes { buffer in
        read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
      }
      if given < 0, errno == EINTR { continue }
      guard given >= 0 else { throw Self.unread(path) }
      if given == 0 { break }  // it became shorter meanwhile
      count += given
    }
    bytes.removeLast(bytes.count - count)
    self.init(name: path, bytes: bytes)
  }

  private static func unread(_ path: String) -> ImageError {
    ImageError(
      .inputOutput, "reading failed: \(SystemError())", place: path,
      remedy: "Try again, or check the disk.")
  }

  /// Returns the error of a file that contradicts itself; `problem` says how.
  func broken(_ problem: String) -> ImageError {
    ImageError(.broken, problem, place: name, remedy: Self.remedyOfBroken)
  }

  /// The remedy for a file that contradicts itself.
  static let remedyOfBroken = "Fetch it again, save it again from its original, or exclude it."

  /// Returns the error of a file that ends too early.
  func truncated(_ problem: String) -> ImageError {
    ImageError(
      .truncated, problem, place: name, remedy: "Fetch it again: a part of it is missing.")
  }

  /// Returns the error of an unsupported kind of image.
  func unsupported(_ problem: String, remedy: String) -> ImageError {
    ImageError(.unsupported, problem, place: name, remedy: remedy)
  }

  /// Throws if a sample is not finite.
  func checkFinite(_ samples: Image.Samples) throws(ImageError) {
    guard samples.areFinite else {
      throw ImageError(
        .notFinite, "some of its samples are NaN or infinite", place: name,
        remedy: "Replace missing values by a number, for example with numpy.nan_to_num.")
    }
  }
}
