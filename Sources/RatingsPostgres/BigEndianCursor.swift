/// Reads numbers and cells, most significant byte first, from bytes that must outlive it.
struct BigEndianCursor {
  private let buffer: UnsafeRawBufferPointer
  /// Where the next read begins.
  private(set) var position = 0

  init(_ buffer: UnsafeRawBufferPointer) { self.buffer = buffer }

  /// One cell of a row: its bytes, none for NULL.
  struct Cell {
    var bytes: UnsafeRawBufferPointer?

    /// The cell as an integer; nil when it is of another size.
    @inline(__always)
    func integer<Integer: FixedWidthInteger>(as: Integer.Type) -> Integer? {
      guard let bytes, bytes.count == MemoryLayout<Integer>.size else { return nil }
      return Integer(bigEndian: bytes.loadUnaligned(as: Integer.self))
    }
  }

  /// The next integer; nil, and nothing read, when it is not there as a whole.
  @inline(__always)
  mutating func integer<Integer: FixedWidthInteger>(as: Integer.Type) -> Integer? {
    guard buffer.count - position >= MemoryLayout<Integer>.size else { return nil }
    defer { position += MemoryLayout<Integer>.size }
    return Integer(
      bigEndian: buffer.loadUnaligned(fromByteOffset: position, as: Integer.self))
  }

  /// The next `count` bytes; nil when they are not all there.
  @inline(__always)
  mutating func bytes(_ count: Int) -> UnsafeRawBufferPointer? {
    guard count >= 0, buffer.count - position >= count else { return nil }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: buffer[position..<position + count])
  }

  /// The next cell: its length, then its bytes; nil when it is not there as a whole.
  @inline(__always)
  mutating func cell() -> Cell? {
    guard let length = integer(as: Int32.self) else { return nil }
    if length == -1 { return Cell() }
    guard let bytes = bytes(Int(length)) else { return nil }
    return Cell(bytes: bytes)
  }
}
