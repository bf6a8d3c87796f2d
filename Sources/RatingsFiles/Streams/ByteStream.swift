/// A stream of bytes: those of a file, or a transformation of another stream.
protocol ByteStream: AnyObject {
  /// Reads up to `count` bytes into `buffer` from `position` on, and returns the number read; 0 only at the
  /// end. `buffer` must be long enough.
  func read(into buffer: inout [UInt8], at position: Int, upTo count: Int)
    throws(RatingsFileError) -> Int

  /// Goes back to the first byte. Traps if that is not possible.
  func rewind() throws(RatingsFileError)
}

/// A stream that supports peeking.
final class PeekableStream: ByteStream {
  private let source: any ByteStream
  /// The bytes read ahead by ``peek(_:)``; the first `position` have been consumed.
  private var peeked: [UInt8] = []
  private var position = 0

  init(_ source: any ByteStream) { self.source = source }

  func read(into buffer: inout [UInt8], at position: Int, upTo count: Int)
    throws(RatingsFileError) -> Int
  {
    precondition(position >= 0 && count >= 0 && position + count <= buffer.count)
    guard self.position < peeked.count else {
      return try source.read(into: &buffer, at: position, upTo: count)
    }
    let given = min(count, peeked.count - self.position)
    buffer.replaceSubrange(
      position..<position + given, with: peeked[self.position..<self.position + given])
    self.position += given
    return given
  }

  /// Returns the next `count` bytes without consuming them; fewer only at the end.
  func peek(_ count: Int) throws(RatingsFileError) -> ArraySlice<UInt8> {
    if position > 0 {
      peeked.removeFirst(position)
      position = 0
    }
    var filled = peeked.count
    guard filled < count else { return peeked.prefix(count) }
    peeked += Array(repeating: 0, count: count - filled)
    while filled < count {
      let given = try source.read(into: &peeked, at: filled, upTo: count - filled)
      if given == 0 { break }
      filled += given
    }
    peeked.removeLast(count - filled)
    return peeked.prefix(count)
  }

  func rewind() throws(RatingsFileError) {
    peeked = []
    position = 0
    try source.rewind()
  }
}
