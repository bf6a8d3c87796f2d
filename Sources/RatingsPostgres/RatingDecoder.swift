import Ratings

/// What the columns of a binary stream of ratings hold.
struct RatingLayout: Equatable {
  enum Value {
    /// No column: every value is 1.
    case none
    case float
    case double
  }

  enum Time {
    /// No column.
    case none
    /// Microseconds since 1970.
    case microseconds
    /// Seconds since 1970.
    case seconds
    /// A timestamp of Postgres's: microseconds since 2000.
    case timestamp
  }

  let userType: IdentifierType
  let itemType: IdentifierType
  let value: Value
  let time: Time

  var columnCount: Int { 2 + (value == .none ? 0 : 1) + (time == .none ? 0 : 1) }
}

/// Turns the binary stream of a `copy ... to stdout` into batches of ratings, as it comes.
struct RatingDecoder {
  private let batchSize: Int
  private var cells: RatingCellDecoder
  private var batch: RatingBatch
  private var isHeaderRead = false
  private var isEnded = false
  /// Bytes that are not decoded yet. The server sends a row a piece but need not: rows are collected
  /// until it pays to decode them, and may end in the midst of one.
  private var pending: [UInt8] = []

  private static let pieceSize = 1 << 16

  /// A decoder whose errors speak of `place`.
  init(_ layout: RatingLayout, place: String, batchSize: Int) {
    cells = RatingCellDecoder(layout: layout, place: place)
    self.batchSize = batchSize
    batch = RatingBatch(userType: layout.userType, itemType: layout.itemType)
    pending.reserveCapacity(Self.pieceSize + 4096)
  }

  /// Takes the next piece of the stream and hands over the batches that are full.
  mutating func decode(
    _ piece: UnsafeRawBufferPointer, _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    pending.append(contentsOf: piece)
    if pending.count >= Self.pieceSize { try decodePending(body) }
  }

  /// Hands over what is left. Throws when the stream ended too early.
  mutating func finish(_ body: (borrowing RatingBatch) throws -> Void) throws {
    try decodePending(body)
    guard isEnded, pending.isEmpty else { throw cells.brokenStream() }
    if batch.count > 0 { try body(batch) }
  }

  private mutating func decodePending(_ body: (borrowing RatingBatch) throws -> Void) throws {
    let bytes = pending
    pending = []  // leave one owner
    let decoded = try bytes.withUnsafeBytes { bytes in
      var cursor = BigEndianCursor(bytes)
      while !isEnded {
        let start = cursor.position
        guard try isHeaderRead ? decodeRow(&cursor) : decodeHeader(&cursor) else { return start }
        if batch.count == batchSize {
          try body(batch)
          batch.removeAll()
        }
      }
      return cursor.position
    }
    pending = bytes
    pending.removeFirst(decoded)
  }

  /// Reads the header; false when it is not there as a whole.
  private mutating func decodeHeader(_ cursor: inout BigEndianCursor) throws -> Bool {
    guard let signature = cursor.bytes(11), cursor.integer(as: Int32.self) != nil,
      let extensionLength = cursor.integer(as: Int32.self),
      cursor.bytes(Int(extensionLength)) != nil
    else { return false }
    guard signature.starts(with: "PGCOPY\n".utf8) else { throw cells.brokenStream() }
    isHeaderRead = true
    return true
  }

  /// Reads a row into the batch, or the stream's end; false when it is not there as a whole.
  private mutating func decodeRow(_ cursor: inout BigEndianCursor) throws -> Bool {
    guard let columnCount = cursor.integer(as: Int16.self) else { return false }
    if columnCount == -1 {
      isEnded = true
      return true
    }
    guard columnCount == cells.layout.columnCount else { throw cells.brokenStream() }
    guard let user = cursor.cell(), let item = cursor.cell() else { return false }
    var value = BigEndianCursor.Cell()
    var time = BigEndianCursor.Cell()
    if cells.layout.value != .none {
      guard let cell = cursor.cell() else { return false }
      value = cell
    }
    if cells.layout.time != .none {
      guard let cell = cursor.cell() else { return false }
      time = cell
    }
    cells.row += 1
    try cells.append(user, to: &batch.users, "user")
    try cells.append(item, to: &batch.items, "item")
    batch.values.append(try cells.decode(value: value))
    batch.times.append(try cells.decode(time: time))
    return true
  }
}
