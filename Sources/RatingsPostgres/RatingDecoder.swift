import Errors
import Ratings

/// The layout of the columns in a binary stream of ratings.
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
    /// A whole number since 1970 (``Timestamp/microseconds(sinceEpoch:)``).
    case epoch
    /// A 64-bit floating-point number since 1970.
    case fractionalEpoch
    /// A Postgres timestamp: microseconds since 2000.
    case timestamp
  }

  let userType: IdentifierType
  let itemType: IdentifierType
  let value: Value
  let time: Time

  var columnCount: Int { 2 + (value == .none ? 0 : 1) + (time == .none ? 0 : 1) }
}

/// Decodes the binary stream of a `copy ... to stdout` into batches of ratings incrementally.
struct RatingDecoder {
  private let batchSize: Int
  private var cells: RatingCellDecoder
  private var batch: RatingBatch
  private var isHeaderRead = false
  private var isEnded = false
  /// Bytes not decoded yet. The server sends a row per message but need not: data is buffered until decoding
  /// pays off, and may end in the middle of a row.
  private var pending: [UInt8] = []

  private static let pieceSize = 1 << 16

  /// Creates a decoder whose errors name `place`.
  init(_ layout: RatingLayout, place: String, batchSize: Int) {
    cells = RatingCellDecoder(layout: layout, place: place)
    self.batchSize = batchSize
    batch = RatingBatch(userType: layout.userType, itemType: layout.itemType)
    pending.reserveCapacity(Self.pieceSize + 4096)
  }

  /// Decodes the next chunk of the stream and passes on full batches.
  mutating func decode(
    _ piece: UnsafeRawBufferPointer, _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    pending.append(contentsOf: piece)
    if pending.count >= Self.pieceSize { try decodePending(body) }
  }

  /// Passes on the last batch. Throws if the stream ended too early.
  mutating func finish(_ body: (borrowing RatingBatch) throws -> Void) throws {
    try decodePending(body)
    guard isEnded, pending.isEmpty else { throw cells.brokenStream() }
    try batch.flush(to: body)
  }

  private mutating func decodePending(_ body: (borrowing RatingBatch) throws -> Void) throws {
    let bytes = pending
    pending = []  // leave one owner
    let decoded = try bytes.withUnsafeBytes { bytes in
      var cursor = BigEndianCursor(bytes)
      while !isEnded {
        let start = cursor.position
        guard try isHeaderRead ? decodeRow(&cursor) : decodeHeader(&cursor) else { return start }
        if batch.count == batchSize { try batch.flush(to: body) }
      }
      return cursor.position
    }
    pending = bytes
    pending.removeFirst(decoded)
  }

  /// Decodes the header; returns false if it is not complete.
  private mutating func decodeHeader(_ cursor: inout BigEndianCursor) throws -> Bool {
    guard let signature = cursor.bytes(11), cursor.integer(as: Int32.self) != nil,
      let extensionLength = cursor.integer(as: Int32.self),
      cursor.bytes(Int(extensionLength)) != nil
    else { return false }
    guard signature.starts(with: "PGCOPY\n".utf8) else { throw cells.brokenStream() }
    isHeaderRead = true
    return true
  }

  /// Decodes a row into the batch, or the end of the stream; returns false if it is not complete.
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

/// Decodes the cells of a row into ids, a value and a time, or throws an error that names the row.
///
/// It is separate from the batch that cells are appended to. A method of the batch's owner would hold a
/// second reference to its columns, so that each cell would copy a whole column.
private struct RatingCellDecoder {
  let layout: RatingLayout
  /// The place that errors name.
  let place: String
  /// The current row, from 1.
  var row = 0

  func append(
    _ cell: BigEndianCursor.Cell, to identifiers: inout IdentifierColumn, _ column: String
  ) throws(StoreError) {
    guard let bytes = cell.bytes else { throw null(column) }
    switch identifiers.type {
    case .integer:
      guard let integer = cell.integer(as: Int64.self) else { throw brokenStream() }
      identifiers.append(integer: integer)
    case .text:
      if let problem = RatingsQuery.problem(ofIDWithByteCount: bytes.count) {
        throw badQuery("the \(column) column holds \(problem)", remedy: "Correct the id.")
      }
      identifiers.append(utf8: bytes.bindMemory(to: UInt8.self).span)
    }
  }

  func decode(value cell: BigEndianCursor.Cell) throws(StoreError) -> Float {
    if layout.value == .none { return 1 }
    guard cell.bytes != nil else { throw null("value") }
    let value: Float
    if layout.value == .float, let bits = cell.integer(as: UInt32.self) {
      value = Float(bitPattern: bits)
    } else if layout.value == .double, let bits = cell.integer(as: UInt64.self) {
      value = Float(Double(bitPattern: bits))
    } else {
      throw brokenStream()
    }
    guard value.isFinite else {
      throw RatingsQuery.valueIsNotFinite(at: place, row: row)
    }
    return value
  }

  func decode(time cell: BigEndianCursor.Cell) throws(StoreError) -> Int64 {
    guard layout.time != .none, cell.bytes != nil else { return Timestamp.missing }
    guard let number = cell.integer(as: Int64.self) else { throw brokenStream() }
    let time: Int64? =
      switch layout.time {
      case .epoch: Timestamp.microseconds(sinceEpoch: number)
      case .fractionalEpoch:
        Timestamp.microseconds(sinceEpoch: Double(bitPattern: UInt64(bitPattern: number)))
      case .timestamp where number == .max || number == .min: nil  // infinity
      case .timestamp:
        // Converts from 2000-01-01, Postgres's epoch, to 1970-01-01.
        number < .max - 946_684_800_000_000 ? number + 946_684_800_000_000 : nil
      case .microseconds, .none: number
      }
    guard let time, time != Timestamp.missing else {
      throw RatingsQuery.timeIsTooFar(at: place, row: row)
    }
    return time
  }

  private func null(_ column: String) -> StoreError {
    badQuery(
      "the \(column) column holds NULL",
      remedy: "Exclude such rows: add `where \(column) is not null` with the column's own name.")
  }

  private func badQuery(_ problem: String, remedy: String) -> StoreError {
    RatingsQuery.error(problem, at: place, row: row, remedy: remedy)
  }

  func brokenStream() -> StoreError {
    StoreError(
      .failed, "the server sent rows in an unexpected format", place: place,
      remedy: "See the server's log.")
  }
}
