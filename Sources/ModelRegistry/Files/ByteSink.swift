import Errors
import Foundation

/// A sink for the bytes of a model file as they are generated.
protocol ByteSink: AnyObject {
  /// Appends `bytes`.
  func append(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError)
}

/// A sink that keeps the bytes in memory.
final class MemorySink: ByteSink {
  private(set) var bytes: [UInt8] = []

  func append(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(contentsOf: bytes) }
}

/// A sink that writes to a new file, which appears under its name only once complete.
///
/// Until ``finish()`` the bytes go to a temporary file in the same folder. A sink deallocated without `finish()`
/// removes that file.
final class FileSink: ByteSink {
  private let path: String
  private let partialPath: String
  private let file: FileHandleOwner
  private let mode: mode_t
  private var digester = FileDigester()
  private var isFinished = false

  /// Creates a sink for the file at `path`, replacing any existing file. `mode` makes it read-only unless given.
  init(_ path: String, mode: mode_t = 0o444) throws(ModelFileError) {
    (self.path, self.mode) = (path, mode)
    partialPath = "\(path).partial-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let descriptor = open(partialPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .system("create", errno, place: path) }
    file = FileHandleOwner(descriptor)
  }

  deinit {
    if !isFinished { unlink(partialPath) }
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
    var rest = bytes
    while !rest.isEmpty {
      let written = write(file.descriptor, rest.baseAddress, rest.count)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw .system("write to", errno, place: path) }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
    digester.append(bytes)
  }

  /// Sets the mode, flushes the file to disk, renames it to its final path and flushes the folder. The file then
  /// survives a power failure. Returns the digest of the bytes as they were appended.
  func finish() throws(ModelFileError) -> FileDigest {
    guard fchmod(file.descriptor, mode) == 0, fsync(file.descriptor) == 0 else {
      throw .system("flush", errno, place: path)
    }
    guard rename(partialPath, path) == 0 else { throw .system("rename", errno, place: path) }
    isFinished = true
    try Folder.flush(Folder.parent(of: path))
    return digester.digest
  }

  /// Writes a whole file at once, with the guarantees of ``finish()``.
  static func store(_ contents: [UInt8], to path: String) throws(ModelFileError) {
    let sink = try FileSink(path)
    try contents.withUnsafeBufferPointer { (buffer) throws(ModelFileError) in
      try sink.append(UnsafeRawBufferPointer(buffer))
    }
    _ = try sink.finish()
  }
}

/// The sole owner of a file descriptor, which closes it when destroyed.
struct FileHandleOwner: ~Copyable {
  let descriptor: Int32

  /// Takes ownership of `descriptor`, which must be open.
  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }
}
