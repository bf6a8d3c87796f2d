import Errors
import Foundation

#if _endian(big)
  #error("model files are little-endian and mapped as they are")
#endif

/// The bytes of a memory-mapped file. The system loads a page on first access.
///
/// This object is the sole owner of the mapping and unmaps it when deallocated. Everything that points into the
/// mapping keeps a reference to this object.
///
/// Unsafe ledger: if a file shrinks while it is mapped, an access beyond its new end kills the process (SIGBUS).
/// Latent never changes a model file in place. A file appears complete under its name by a rename, is read-only (mode
/// 0444), and is removed by unlinking, which a mapping survives. Any other program that writes to a published file
/// breaks that promise.
///
/// `@unchecked Sendable`: the mapping is private and read-only from the end of `init` to `deinit`, and every stored
/// property is a constant, so any number of threads may read it.
package final class MappedFile: @unchecked Sendable {
  /// The path of the file, for messages.
  package let path: String
  /// The mapped bytes, which start on a page boundary.
  let bytes: UnsafeRawBufferPointer

  /// Maps the file at `path`, in time independent of its size.
  ///
  /// Throws ``ModelFileError`` if the file does not exist, cannot be accessed, is empty or is not a regular file. A
  /// pipe is refused, not waited for.
  package init(_ path: String) throws(ModelFileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw .system("open", errno, place: path) }
    let file = FileHandleOwner(descriptor)
    var status = stat()
    guard fstat(file.descriptor, &status) == 0 else { throw .system("access", errno, place: path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(place: path) }
    guard status.st_size > 0 else {
      throw ModelFileError(
        .truncated, "the file is empty", place: path,
        remedy: "Use an intact copy of it, or write it again.")
    }
    let size = Int(status.st_size)
    guard
      let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0), start != MAP_FAILED
    else { throw .system("map", errno, place: path) }
    self.path = path
    bytes = UnsafeRawBufferPointer(start: start, count: size)
  }

  /// Holds a copy of `contents` as if it were a file called `name`. For tests and small files.
  package init(copying contents: [UInt8], named name: String) throws(ModelFileError) {
    let size = max(contents.count, 1)
    guard
      let start = mmap(
        nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      start != MAP_FAILED
    else { throw .system("load", errno, place: name) }
    UnsafeMutableRawBufferPointer(start: start, count: size).copyBytes(from: contents)
    path = name
    bytes = UnsafeRawBufferPointer(start: start, count: contents.count)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), max(bytes.count, 1)) }

  /// The file's size in bytes.
  package var byteCount: Int { bytes.count }

  /// Calls `body` with the bytes, which are valid only during the call.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(bytes)
  }
}
