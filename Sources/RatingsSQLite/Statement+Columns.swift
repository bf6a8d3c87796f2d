import GRDB
import GRDBSQLite
import Ratings

/// Columns straight from and to SQLite, for the loops over all ratings: a value of GRDB's for each
/// cell would take several times as long.
extension Statement {
  /// Goes to the next row; false behind the last. Throws SQLite's error.
  func step(_ database: Database) throws -> Bool {
    switch sqlite3_step(sqliteStatement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code:
      throw DatabaseError(
        resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
    }
  }

  /// Runs the statement to its end and answers how many rows it changed.
  func run(_ database: Database) throws -> Int {
    defer { sqlite3_reset(sqliteStatement) }
    while try step(database) {}
    return database.changesCount
  }

  /// Runs a statement that answers one row of a value and a time. Traps when it answers none.
  func ratingState(_ database: Database) throws -> RatingState {
    defer { sqlite3_reset(sqliteStatement) }
    guard try step(database) else { preconditionFailure("a pair that was there is gone") }
    return RatingState(
      value: Float(sqlite3_column_double(sqliteStatement, 0)),
      time: type(of: 1) == SQLITE_NULL
        ? Timestamp.missing : sqlite3_column_int64(sqliteStatement, 1))
  }

  /// SQLite's type of the value in `column` of the row.
  func type(of column: Int32) -> Int32 { sqlite3_column_type(sqliteStatement, column) }

  /// Hands over the bytes of the text in `column` of the row.
  func withText<Result>(_ column: Int32, _ body: (Span<UInt8>) -> Result) -> Result {
    let text = sqlite3_column_text(sqliteStatement, column)
    let count = Int(sqlite3_column_bytes(sqliteStatement, column))
    return body(UnsafeBufferPointer(start: text, count: text == nil ? 0 : count).span)
  }
}

extension IdentifierColumn {
  /// Adds the id in `column` of the row; false when it is not of this column's type.
  mutating func append(_ statement: Statement, column: Int32) -> Bool {
    switch (type, statement.type(of: column)) {
    case (.integer, SQLITE_INTEGER):
      append(integer: sqlite3_column_int64(statement.sqliteStatement, column))
      return true
    case (.text, SQLITE_TEXT):
      statement.withText(column) { append(utf8: $0) }
      return true
    default:
      return false
    }
  }

  /// Hands over the ids in a form that binds to a statement without a copy.
  borrowing func withBindings<Result>(
    _ body: (IdentifierBindings) throws -> Result
  ) rethrows -> Result {
    switch self {
    case .integers(let integers):
      try integers.withUnsafeBufferPointer { try body(.integers($0)) }
    case .texts(let texts):
      try texts.bytes.withUnsafeBufferPointer { bytes in
        try texts.ends.withUnsafeBufferPointer { try body(.texts(bytes: bytes, ends: $0)) }
      }
    }
  }
}

/// A column of ids as SQLite takes it, valid within ``IdentifierColumn/withBindings(_:)``.
enum IdentifierBindings {
  case integers(UnsafeBufferPointer<Int64>)
  case texts(bytes: UnsafeBufferPointer<UInt8>, ends: UnsafeBufferPointer<Int>)

  /// Binds the id at `position`. SQLite reads a text where it stands: the statement must run before
  /// the scope ends.
  func bind(_ position: Int, to statement: Statement, parameter: Int32) {
    let handle = statement.sqliteStatement
    switch self {
    case .integers(let integers):
      sqlite3_bind_int64(handle, parameter, integers[position])
    case .texts(let bytes, let ends):
      let start = position == 0 ? 0 : ends[position - 1]
      let text = UnsafeRawBufferPointer(
        rebasing: UnsafeRawBufferPointer(bytes)[start..<ends[position]])
      sqlite3_bind_text(
        handle, parameter, text.baseAddress?.assumingMemoryBound(to: CChar.self),
        Int32(text.count), nil)
    }
  }
}
