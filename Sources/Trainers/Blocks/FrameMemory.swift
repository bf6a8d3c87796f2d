import Errors
import Foundation
import ModelRegistry

/// The bytes after a frame's header, aligned to 64 bytes: owned memory, or part of a mapped file.
///
/// `@unchecked Sendable`: everything but the bytes is constant. One thread writes the bytes before they are shared;
/// after that, each thread writes only its own rows.
final class FrameMemory: @unchecked Sendable {
  /// The bytes. Those of a file must not be written.
  let bytes: UnsafeMutableRawBufferPointer
  /// The file of the bytes, which unmaps them.
  private let file: MappedFile?

  /// Allocates `byteCount` zero bytes, at least one. The system commits memory only as it is written, so that a large
  /// length in a header costs nothing. Throws `outOfMemory`.
  init(byteCount: Int, place: String) throws(BlockError) {
    guard
      let start = mmap(
        nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      start != MAP_FAILED
    else {
      throw .bad(
        .outOfMemory, "can't allocate \(byteCount) bytes: \(SystemError())", place: place,
        remedy: "Use smaller blocks, fewer processes at a time, or a file of factors.")
    }
    bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
    file = nil
  }

  /// Refers to `range` of `file`, which must lie within it and start at a multiple of 64.
  init(of file: MappedFile, _ range: Range<Int>) {
    bytes = file.withBytes { all in
      UnsafeMutableRawBufferPointer(mutating: UnsafeRawBufferPointer(rebasing: all[range]))
    }
    self.file = file
  }

  deinit { if file == nil { munmap(bytes.baseAddress, bytes.count) } }
}
