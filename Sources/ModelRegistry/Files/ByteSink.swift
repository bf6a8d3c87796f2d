import Errors
import Foundation

/// Takes the bytes of a model file as they are made.
protocol ByteSink: AnyObject {
  /// Takes `bytes` behind those taken before.
  func append(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError)
}

/// Keeps the bytes in memory.
final class MemorySink: ByteSink {
  private(set) var bytes: [UInt8] = []

  func append(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(contentsOf: bytes) }
}

/// Writes the bytes to a new file that bears its name only once it is complete.
///
/// Until ``finish()`` the bytes stand in a file of another name beside it; a sink that goes without
/// having finished removes that file.
final class FileSink: ByteSink {
  private let path: String
  private let partialPath: String
  private let file: FileHandleOwner
  private let mode: mode_t
  private var digester = FileDigester()
  private var isFinished = false

  /// A file that will stand at `path`, in the place of one that is there, with `mode`: nobody writes to it again, unless told otherwise.
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

  /// Gives the file its mode, flushes it to the disk and gives it its name, then flushes the
  /// folder: when this returns, the file survives a power cut. Returns the digest of the bytes as
  /// they came.
  func finish() throws(ModelFileError) -> FileDigest {
    guard fchmod(file.descriptor, mode) == 0, fsync(file.descriptor) == 0 else {
      throw .system("flush", errno, place: path)
    }
    guard rename(partialPath, path) == 0 else { throw .system("rename", errno, place: path) }
    isFinished = true
    try Folder.flush(Folder.parent(of: path))
    return digester.digest
  }

  /// Writes a whole file at once, as ``finish()`` says.
  static func store(_ contents: [UInt8], to path: String) throws(ModelFileError) {
    let sink = try FileSink(path)
    try contents.withUnsafeBufferPointer { (buffer) throws(ModelFileError) in
      try sink.append(UnsafeRawBufferPointer(buffer))
    }
    _ = try sink.finish()
  }
}

/// A file descriptor with one owner, closed when the owner goes.
struct FileHandleOwner: ~Copyable {
  let descriptor: Int32

  /// Takes over `descriptor`, which must be open.
  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }
}
