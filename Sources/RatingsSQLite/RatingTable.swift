import Errors
import GRDB
import GRDBSQLite
package import Ratings

/// The ratings table. Columns are read from and bound to SQLite directly, because a GRDB value for each cell
/// would take several times as long.
extension SQLiteTransaction {
  /// The columns in the order in which ``append(_:to:)`` reads and ``write(_:_:_:)`` binds them.
  static let columns = "user_id, item_id, value, rated_at"

  package func readRatings(
    batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    try read("", batchSize: batchSize, body)
  }

  package func ratings(of user: UserID, limit: Int) throws -> [Rating] {
    try ratings(where: "user_id", is: user.databaseValue, then: "item_id", limit: limit)
  }

  package func ratings(for item: ItemID, limit: Int) throws -> [Rating] {
    try ratings(where: "item_id", is: item.databaseValue, then: "user_id", limit: limit)
  }

  package func newestRatings(limit: Int) throws -> [Rating] {
    var ratings: [Rating] = []
    try read(
      "order by rated_at desc nulls last, user_id, item_id limit ?", [limit], batchSize: .max
    ) { batch in ratings = (0..<batch.count).map { batch[$0] } }
    return ratings
  }

  package func ratingCount(of item: ItemID) throws -> Int {
    try Int.fetchOne(
      database, sql: "select count(*) from rating where item_id = ?",
      arguments: [item.databaseValue]) ?? 0
  }

  private func ratings(
    where column: String, is identifier: DatabaseValue, then other: String, limit: Int
  ) throws -> [Rating] {
    var ratings: [Rating] = []
    try read(
      "where \(column) = ? order by rated_at desc nulls last, \(other) limit ?",
      [identifier, limit], batchSize: .max
    ) { batch in ratings = (0..<batch.count).map { batch[$0] } }
    return ratings
  }

  /// Passes the ratings selected by `clauses` to `body`.
  private func read(
    _ clauses: String, _ arguments: StatementArguments = [], batchSize: Int,
    _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    let settings = try settings()
    guard let userType = settings.userType, let itemType = settings.itemType else { return }
    var batch = RatingBatch(userType: userType, itemType: itemType)
    let statement = try database.makeStatement(
      sql: "select \(Self.columns) from rating \(clauses)")
    statement.arguments = arguments
    while try statement.step(database) {
      guard append(statement, to: &batch) else { throw StoreError.damaged(storeName) }
      if batch.count == batchSize { try batch.flush(to: body) }
    }
    try batch.flush(to: body)
  }

  /// Appends a row's rating; returns false if an id is not of the others' type.
  private func append(_ row: Statement, to batch: inout RatingBatch) -> Bool {
    guard batch.users.append(row, column: 0), batch.items.append(row, column: 1) else {
      return false
    }
    let state = row.ratingState(from: 2)
    batch.values.append(state.value)
    batch.times.append(state.time)
    return true
  }

  package func valueExtremes() throws -> (lowest: Float, highest: Float)? {
    try Row.fetchOne(
      database, sql: "select min(value), max(value) from rating having count(*) > 0"
    ).map { (lowest: Float($0[0] as Double), highest: Float($0[1] as Double)) }
  }

  package func hasValue(otherThan value: Float) throws -> Bool {
    try Bool.fetchOne(
      database, sql: "select exists (select 1 from rating where value <> ?)",
      arguments: [Double(value)]) ?? false
  }
}

extension Statement {
  /// Advances to the next row; returns false after the last. Throws SQLite's error.
  func step(_ database: Database) throws -> Bool {
    switch sqlite3_step(sqliteStatement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code:
      throw DatabaseError(
        resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
    }
  }

  /// Returns SQLite's type of the value in `column` of the row.
  func type(of column: Int32) -> Int32 { sqlite3_column_type(sqliteStatement, column) }

  /// Calls `body` with the bytes of the text in `column` of the row.
  func withText<Result>(_ column: Int32, _ body: (Span<UInt8>) -> Result) -> Result {
    let text = sqlite3_column_text(sqliteStatement, column)
    let count = Int(sqlite3_column_bytes(sqliteStatement, column))
    return body(UnsafeBufferPointer(start: text, count: text == nil ? 0 : count).span)
  }

  /// Runs the statement to completion and returns the number of changed rows.
  func run(_ database: Database) throws -> Int {
    defer { sqlite3_reset(sqliteStatement) }
    while try step(database) {}
    return database.changesCount
  }

  /// Returns the value and the time in the row's columns from `column` on.
  func ratingState(from column: Int32) -> RatingState {
    RatingState(
      value: Float(sqlite3_column_double(sqliteStatement, column)),
      time: type(of: column + 1) == SQLITE_NULL
        ? Timestamp.missing : sqlite3_column_int64(sqliteStatement, column + 1))
  }

  /// Binds a value and a time to the parameters from `parameter` on.
  func bind(_ state: RatingState, from parameter: Int32) {
    sqlite3_bind_double(sqliteStatement, parameter, Double(state.value))
    if state.time == Timestamp.missing {
      sqlite3_bind_null(sqliteStatement, parameter + 1)
    } else {
      sqlite3_bind_int64(sqliteStatement, parameter + 1, state.time)
    }
  }
}

extension IdentifierColumn {
  /// Appends the id in `column` of the row; returns false if it is not of this column's type.
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

  /// Calls `body` with the ids in a form that binds to a statement without copying.
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

/// A column of ids in SQLite's form, valid within ``IdentifierColumn/withBindings(_:)``.
enum IdentifierBindings {
  case integers(UnsafeBufferPointer<Int64>)
  case texts(bytes: UnsafeBufferPointer<UInt8>, ends: UnsafeBufferPointer<Int>)

  /// Binds the id at `position`. SQLite reads a text in place: the statement must run before the scope ends.
  func bind(_ position: Int, to statement: Statement, parameter: Int32) {
    let handle = statement.sqliteStatement
    switch self {
    case .integers(let integers):
      sqlite3_bind_int64(handle, parameter, integers[position])
    case .texts:
      let text = text(position)
      sqlite3_bind_text(
        handle, parameter, text.baseAddress?.assumingMemoryBound(to: CChar.self),
        Int32(text.count), nil)
    }
  }

  /// Returns the bytes of the text at `position`. Traps in a column of integers.
  func text(_ position: Int) -> UnsafeRawBufferPointer {
    guard case .texts(let bytes, let ends) = self else {
      preconditionFailure("a text of a column of integers")
    }
    let start = position == 0 ? 0 : ends[position - 1]
    return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start..<ends[position]])
  }
}

extension SQLiteStore {
  /// The version of the SQLite library.
  package static var libraryVersion: String { String(cString: sqlite3_libversion()) }
}
