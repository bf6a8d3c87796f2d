import CZstd
import Errors

/// The decompressed content of a zstd file: all its frames, concatenated (RFC 8878, 3.1).
///
/// Supports windows of up to 128 MiB, which bounds the memory; `zstd --long` can create larger ones.
final class ZstdStream: ByteStream {
  private let source: any ByteStream
  private let name: String
  private let context: OpaquePointer
  private var packed = [UInt8](repeating: 0, count: 1 << 16)
  /// The bytes read but not yet decompressed are `start ..< end` of ``packed``.
  private var start = 0
  private var end = 0
  /// Whether a frame ended with the last byte consumed.
  private var isBetweenFrames = false
  private var isAtEnd = false

  init(_ source: any ByteStream, name: String) throws(RatingsFileError) {
    guard let context = ZSTD_createDStream() else {
      throw .damagedArchive("can't be decompressed: out of memory", name: name)
    }
    self.source = source
    self.name = name
    self.context = context
  }

  deinit { ZSTD_freeDStream(context) }

  func read(into buffer: inout [UInt8], at position: Int, upTo count: Int)
    throws(RatingsFileError) -> Int
  {
    precondition(position >= 0 && count >= 0 && position + count <= buffer.count)
    while !isAtEnd, count > 0 {
      // First flush what zstd has buffered: it may produce output without more input.
      let given = try unpack(into: &buffer, at: position, upTo: count)
      if given > 0 { return given }
      guard start == end else { continue }
      end = try source.read(into: &packed, at: 0, upTo: packed.count)
      start = 0
      if end == 0 {
        guard isBetweenFrames else {
          throw .damagedArchive("the zstd data is truncated", name: name)
        }
        isAtEnd = true
      }
    }
    return 0
  }

  func rewind() throws(RatingsFileError) {
    try source.rewind()
    ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
    (start, end) = (0, 0)
    (isBetweenFrames, isAtEnd) = (false, false)
  }

  /// Decompresses some of the input; returns 0 if it does not suffice for a byte.
  private func unpack(into buffer: inout [UInt8], at position: Int, upTo count: Int)
    throws(RatingsFileError) -> Int
  {
    let (result, taken, given) = packed.withUnsafeMutableBytes { packed in
      buffer.withUnsafeMutableBytes { buffer in
        var input = ZSTD_inBuffer(src: packed.baseAddress, size: end, pos: start)
        var output = ZSTD_outBuffer(
          dst: buffer.baseAddress?.advanced(by: position), size: count, pos: 0)
        let result = ZSTD_decompressStream(context, &output, &input)
        return (result, input.pos - start, output.pos)
      }
    }
    guard ZSTD_isError(result) == 0 else {
      throw .damagedArchive(
        "the zstd data can't be decompressed: \(String(cString: ZSTD_getErrorName(result)))",
        name: name)
    }
    start += taken
    if taken > 0 || given > 0 { isBetweenFrames = result == 0 }
    return given
  }
}
