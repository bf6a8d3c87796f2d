import Errors
import Ratings

/// Turns the cells of a row into ids, a value and a time, or an error that names the row.
///
/// It stands apart from the batch that cells go into: a method of the batch's owner would hold a
/// second reference to its columns, and each cell would copy a whole column.
struct RatingCellDecoder {
  let layout: RatingLayout
  /// What errors speak of.
  let place: String
  /// The row the cells are of, from 1.
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
      guard (1...identifierByteLimit).contains(bytes.count) else {
        throw badQuery(
          "the column \(column) holds an id of \(bytes.count) bytes; 1 to "
            + "\(identifierByteLimit) are allowed", remedy: "Correct the id.")
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
      throw badQuery(
        "the column value holds a number that is not finite", remedy: "Leave such rows out.")
    }
    return value
  }

  func decode(time cell: BigEndianCursor.Cell) throws(StoreError) -> Int64 {
    guard layout.time != .none, cell.bytes != nil else { return Timestamp.missing }
    guard let number = cell.integer(as: Int64.self) else { throw brokenStream() }
    let (time, overflow) =
      switch layout.time {
      case .seconds: number.multipliedReportingOverflow(by: 1_000_000)
      case .timestamp where number == .max || number == .min: (number, true)  // infinity
      // From 2000-01-01, Postgres's first moment, to 1970-01-01.
      case .timestamp: number.addingReportingOverflow(946_684_800_000_000)
      case .microseconds, .none: (number, false)
      }
    guard !overflow, time != Timestamp.missing else {
      throw badQuery(
        "the column time holds a moment too far from 1970",
        remedy: "Leave such rows out; give whole seconds, not milliseconds.")
    }
    return time
  }

  private func null(_ column: String) -> StoreError {
    badQuery(
      "the column \(column) holds NULL",
      remedy: "Leave such rows out: add `where \(column) is not null` with the column's own name.")
  }

  private func badQuery(_ problem: String, remedy: String) -> StoreError {
    StoreError(.badQuery, problem, place: "\(place), row \(row)", remedy: remedy)
  }

  func brokenStream() -> StoreError {
    StoreError(
      .failed, "the server sent rows in another form than agreed", place: place,
      remedy: "See the server's log.")
  }
}
