import CPostgres
import Ratings

/// PostgreSQL's COPY in its binary format (manual: "COPY", file formats).
extension PostgresConnection {
  /// Runs `copy (...) to stdout (format binary)` and passes the stream to `body` in chunks. The bytes are
  /// only valid during the call.
  func copyOut(_ sql: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    _ = try checked(run { PQsendQuery(handle, sql) }, expected: [PGRES_COPY_OUT])
    while true {
      var piece: UnsafeMutablePointer<CChar>?
      let count = PQgetCopyData(handle, &piece, 1)
      defer { PQfreemem(piece) }
      if count == 0 {
        try receive()
        continue
      }
      if count == -1 { break }
      guard count > 0, let piece else { throw failure() }
      try body(UnsafeRawBufferPointer(start: piece, count: Int(count)))
    }
    try finishCopy()
  }

  /// Runs `copy ... from stdin (format binary)` with the rows that `body` appends.
  func copyIn(_ sql: String, _ body: (inout CopyRows) throws -> Void) throws {
    try copyIn(
      sql,
      sending: { send in
        try withoutActuallyEscaping(send) { send in
          var rows = CopyRows(send)
          try body(&rows)
          try rows.finish()
        }
      })
  }

  /// Runs `copy ... from stdin` with the bytes that `body` sends.
  func copyIn(
    _ sql: String, sending body: ((UnsafeBufferPointer<CChar>) throws -> Void) throws -> Void
  ) throws {
    _ = try checked(run { PQsendQuery(handle, sql) }, expected: [PGRES_COPY_IN])
    try body { piece in
      guard PQputCopyData(self.handle, piece.baseAddress, Int32(piece.count)) == 1 else {
        throw self.failure()
      }
      try self.flush()
    }
    guard PQputCopyEnd(handle, nil) == 1 else { throw failure() }
    try finishCopy()
  }

  /// Drains the results, so that the connection accepts commands again.
  private func finishCopy() throws {
    let result = try checked(nextResult(), expected: [PGRES_COMMAND_OK])
    while let rest = try nextResult() { PQclear(rest) }
    withExtendedLifetime(result) {}
  }
}

/// Rows to be sent to the server.
struct CopyRows {
  /// The number of bytes buffered before they are sent.
  private static let pieceSize = 1 << 16

  private var bytes: [UInt8] = []
  private let send: (UnsafeBufferPointer<CChar>) throws -> Void

  init(_ send: @escaping (UnsafeBufferPointer<CChar>) throws -> Void) {
    self.send = send
    bytes.reserveCapacity(Self.pieceSize + 4096)
    bytes += Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]
    append(bits: Int32(0))  // flags
    append(bits: Int32(0))  // length of the header's extension
  }

  /// Begins a row of `columnCount` cells, which must be appended next, in order.
  mutating func beginRow(columnCount: Int16) throws {
    if bytes.count >= Self.pieceSize { try flush() }
    append(bits: columnCount)
  }

  mutating func append(_ integer: Int32) {
    append(bits: Int32(4))
    append(bits: integer)
  }

  mutating func append(_ integer: Int64) {
    append(bits: Int32(8))
    append(bits: integer)
  }

  mutating func append(_ number: Float) {
    append(bits: Int32(4))
    append(bits: number.bitPattern)
  }

  mutating func append(_ text: String) { append(utf8: text.utf8) }

  mutating func append(utf8 text: some Collection<UInt8>) {
    append(bits: Int32(text.count))
    bytes.append(contentsOf: text)
  }

  /// Appends an id.
  mutating func append<Entity>(_ identifier: Identifier<Entity>) {
    switch identifier.value {
    case .integer(let integer): append(integer)
    case .text(let text): append(text)
    }
  }

  /// Appends the id at `position` of a column.
  mutating func append(_ identifiers: IdentifierColumn, _ position: Int) {
    switch identifiers {
    case .integers(let integers): append(integers[position])
    case .texts(let texts): append(utf8: texts.bytes[texts.range(at: position)])
    }
  }

  mutating func appendNull() { append(bits: Int32(-1)) }

  /// Ends the stream.
  mutating func finish() throws {
    append(bits: Int16(-1))
    try flush()
  }

  private mutating func append<Bits: FixedWidthInteger>(bits: Bits) {
    withUnsafeBytes(of: bits.bigEndian) { bytes.append(contentsOf: $0) }
  }

  private mutating func flush() throws {
    try bytes.withUnsafeBytes { try $0.withMemoryRebound(to: CChar.self, send) }
    bytes.removeAll(keepingCapacity: true)
  }
}

/// A cursor that reads big-endian numbers and cells from bytes that must outlive it.
struct BigEndianCursor {
  private let buffer: UnsafeRawBufferPointer
  /// The position of the next read.
  private(set) var position = 0

  init(_ buffer: UnsafeRawBufferPointer) { self.buffer = buffer }

  /// A cell of a row: its bytes, nil for NULL.
  struct Cell {
    var bytes: UnsafeRawBufferPointer?

    /// Returns the cell as an integer; nil if it has another size.
    @inline(__always)
    func integer<Integer: FixedWidthInteger>(as: Integer.Type) -> Integer? {
      guard let bytes, bytes.count == MemoryLayout<Integer>.size else { return nil }
      return Integer(bigEndian: bytes.loadUnaligned(as: Integer.self))
    }
  }

  /// Reads an integer; if it is not complete, returns nil and reads nothing.
  @inline(__always)
  mutating func integer<Integer: FixedWidthInteger>(as: Integer.Type) -> Integer? {
    guard buffer.count - position >= MemoryLayout<Integer>.size else { return nil }
    defer { position += MemoryLayout<Integer>.size }
    return Integer(
      bigEndian: buffer.loadUnaligned(fromByteOffset: position, as: Integer.self))
  }

  /// Reads `count` bytes; nil if they are not complete.
  @inline(__always)
  mutating func bytes(_ count: Int) -> UnsafeRawBufferPointer? {
    guard count >= 0, buffer.count - position >= count else { return nil }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: buffer[position..<position + count])
  }

  /// Reads a cell: its length, then its bytes; nil if it is not complete.
  @inline(__always)
  mutating func cell() -> Cell? {
    guard let length = integer(as: Int32.self) else { return nil }
    if length == -1 { return Cell() }
    guard let bytes = bytes(Int(length)) else { return nil }
    return Cell(bytes: bytes)
  }
}
