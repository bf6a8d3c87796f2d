import Errors
import Foundation
import ModelRegistry

/// The bytes behind a frame's header, from a multiple of 64 bytes: memory of their own, or those of a file.
///
/// `@unchecked Sendable`: constants but for the bytes, which one thread writes before anybody else has them, and
/// after that only those whose own rows they are.
final class FrameMemory: @unchecked Sendable {
  /// Those of a file may not be written.
  let bytes: UnsafeMutableRawBufferPointer
  /// The file that they are of, which unmaps them.
  private let file: MappedFile?

  /// `byteCount` zeros, at least one. The system finds memory for them as they are written: what a header says
  /// takes none. Throws `outOfMemory`.
  init(byteCount: Int, place: String) throws(BlockError) {
    guard
      let start = mmap(
        nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      start != MAP_FAILED
    else {
      throw .bad(
        .outOfMemory, "there is no memory for \(byteCount) bytes: \(SystemError())", place: place,
        remedy: "Use smaller blocks, fewer processes at a time, or a file of factors.")
    }
    bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
    file = nil
  }

  /// What stands in `file` at `range`, which is within it and begins at a multiple of 64.
  init(of file: MappedFile, _ range: Range<Int>) {
    bytes = file.withBytes { all in
      UnsafeMutableRawBufferPointer(mutating: UnsafeRawBufferPointer(rebasing: all[range]))
    }
    self.file = file
  }

  deinit { if file == nil { munmap(bytes.baseAddress, bytes.count) } }
}
