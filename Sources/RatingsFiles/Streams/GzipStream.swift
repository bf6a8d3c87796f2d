import CZlib
import Errors

/// The decompressed content of a gzip file: all its members, concatenated (RFC 1952, 2.2).
final class GzipStream: ByteStream {
  private let source: any ByteStream
  private let name: String
  private var state = z_stream()
  private var packed = [UInt8](repeating: 0, count: 1 << 16)
  /// The bytes read but not yet decompressed are `start ..< end` of ``packed``.
  private var start = 0
  private var end = 0
  /// Whether the last member has ended, and no byte of another has followed yet.
  private var isBetweenMembers = false
  private var isAtEnd = false

  init(_ source: any ByteStream, name: String) throws(RatingsFileError) {
    self.source = source
    self.name = name
    // The maximum window size, and a gzip header.
    guard
      inflateInit2_(
        &state, MAX_WBITS + 16, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw .damagedArchive("can't be decompressed: out of memory", name: name) }
  }

  deinit { inflateEnd(&state) }

  func read(into buffer: inout [UInt8], at position: Int, upTo count: Int)
    throws(RatingsFileError) -> Int
  {
    precondition(position >= 0 && count >= 0 && position + count <= buffer.count)
    let count = min(count, Int(CInt.max))
    while !isAtEnd, count > 0 {
      if start == end {
        end = try source.read(into: &packed, at: 0, upTo: packed.count)
        start = 0
        if end == 0 {
          guard isBetweenMembers else {
            throw .damagedArchive("the gzip data is truncated", name: name)
          }
          break
        }
      }
      if isBetweenMembers {
        // Some programs pad the last block of a tape with zeros; gzip ignores them as well.
        guard packed[start] != 0 else {
          start += 1
          continue
        }
        inflateReset(&state)
        isBetweenMembers = false
      }
      let given = try inflate(into: &buffer, at: position, upTo: count)
      if given > 0 { return given }
    }
    isAtEnd = count > 0
    return 0
  }

  func rewind() throws(RatingsFileError) {
    try source.rewind()
    inflateReset(&state)
    (start, end) = (0, 0)
    (isBetweenMembers, isAtEnd) = (false, false)
  }

  /// Decompresses some of the input; returns 0 if it does not suffice for a byte.
  private func inflate(into buffer: inout [UInt8], at position: Int, upTo count: Int)
    throws(RatingsFileError) -> Int
  {
    let (result, taken, given) = packed.withUnsafeMutableBufferPointer { packed in
      buffer.withUnsafeMutableBufferPointer { buffer in
        state.next_in = packed.baseAddress?.advanced(by: start)
        state.avail_in = UInt32(end - start)
        state.next_out = buffer.baseAddress?.advanced(by: position)
        state.avail_out = UInt32(count)
        let result = CZlib.inflate(&state, Z_NO_FLUSH)
        return (result, end - start - Int(state.avail_in), count - Int(state.avail_out))
      }
    }
    start += taken
    switch result {
    case Z_STREAM_END: isBetweenMembers = true
    case Z_OK: break
    case Z_BUF_ERROR where taken > 0 || given > 0 || start == end: break
    default: throw .damagedArchive("the gzip data is corrupt", name: name)
    }
    return given
  }
}
