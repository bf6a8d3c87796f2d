import Errors
import GRDB
import GRDBSQLite
package import Ratings

/// Reading of ratings from the user's own tables.
///
/// SQLite has types for values, not for columns, so every row is checked. A text that SQLite's date functions
/// accept is a time, to the millisecond.
extension SQLiteTransaction {
  package func readRatings(
    of query: RatingsQuery, batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    var rows = try QueryRows(query, database)
    guard try rows.next(database) else { return }
    var batch = RatingBatch(
      userType: try rows.identifierType(.user), itemType: try rows.identifierType(.item))
    repeat {
      try rows.append(to: &batch)
      if batch.count == batchSize { try batch.flush(to: body) }
    } while try rows.next(database)
    try batch.flush(to: body)
  }

  package func ratings(of user: UserID, in query: RatingsQuery, limit: Int) throws -> [Rating] {
    let statement = try lookup.statement(of: query.sql, database) {
      try QueryRows.prepare(query, database, QueryRows.ofUser)
    }
    statement.arguments = [user.databaseValue, limit.databaseValue]
    var rows = QueryRows(query, statement)
    defer { rows.end() }
    guard try rows.next(database) else { return [] }
    let types = (try rows.identifierType(.user), try rows.identifierType(.item))
    // SQLite would compare ids of different types, according to the column's affinity.
    guard types.0 == user.type else { return [] }
    var batch = RatingBatch(userType: types.0, itemType: types.1)
    repeat { try rows.append(to: &batch) } while try rows.next(database)
    return (0..<batch.count).map { batch[$0] }
  }

  package func lookup(by query: RatingsQuery) throws -> UserLookup {
    var rows = try QueryRows(query, database, " limit 1")
    let hasRows = try rows.next(database)
    return UserLookup(
      userType: hasRows ? try rows.identifierType(.user) : nil,
      itemType: hasRows ? try rows.identifierType(.item) : nil,
      scan: try QueryRows.scan(query, database))
  }
}

/// The rows of a user's query. An invalid cell causes an error with its row, its column and what was
/// expected.
private struct QueryRows {
  private let query: RatingsQuery
  private let statement: Statement
  /// The current row, from 1.
  private var row = 0

  /// The column after the query's own: the time's type, as named by SQLite.
  private static let timeType = Int32(RatingColumn.allCases.count)

  /// The clauses for the newest ratings of a user. The first argument is the user, the second the maximum
  /// number.
  static let ofUser = condition(RatingColumn.user.nameInQuery)

  /// The same without using an index on the user.
  private static let ofUserWithoutIndex = condition("+" + RatingColumn.user.nameInQuery)

  private static func condition(_ user: String) -> String {
    " where \(user) = ?1 order by 4 desc nulls last, 2 limit ?2"
  }

  /// Creates the rows of `statement`, which was prepared from `query`.
  init(_ query: RatingsQuery, _ statement: Statement) {
    (self.query, self.statement) = (query, statement)
  }

  /// Prepares the query followed by `clauses` without arguments.
  init(_ query: RatingsQuery, _ database: Database, _ clauses: String = "") throws {
    self.init(query, try Self.prepare(query, database, clauses))
  }

  /// Resets a cached statement and clears its arguments.
  func end() {
    sqlite3_reset(statement.sqliteStatement)
    sqlite3_clear_bindings(statement.sqliteStatement)
  }

  /// Returns what SQLite would scan in full, or find by something else, to find one user; nil if indexes
  /// alone find the user.
  static func scan(_ query: RatingsQuery, _ database: Database) throws -> String? {
    func plan(_ clauses: String) throws -> SQLitePlan {
      try SQLitePlan(of: prepare(query, database, clauses).sql, database)
    }
    return try plan(ofUser).scan(comparedWith: plan(ofUserWithoutIndex))
  }

  /// Prepares a query that wraps `query`, converts texts to times and adds the time's own type, followed by
  /// `clauses`.
  static func prepare(
    _ query: RatingsQuery, _ database: Database, _ clauses: String
  ) throws -> Statement {
    do {
      // Prepared by itself first, so that errors refer to the user's own text.
      let own = try database.makeStatement(sql: String(query.trimmed))
      guard own.isReadonly else {
        throw query.error("it is not read-only", remedy: "Write a select.")
      }
      try query.check(
        columnCount: own.columnCount,
        parameterCount: Int(sqlite3_bind_parameter_count(own.sqliteStatement)))
      let value =
        own.columnCount > RatingColumn.value.rawValue ? RatingColumn.value.nameInQuery : "1"
      let time =
        own.columnCount > RatingColumn.time.rawValue ? RatingColumn.time.nameInQuery : "null"
      let day = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
      let moment = """
        case when typeof(\(time)) <> 'text' then \(time)
          when \(time) glob '\(day)*'
          then cast(round((julianday(\(time)) - 2440587.5) * 86400000) as integer) end
        """
      return try database.makeStatement(
        sql: query.select(
          [
            RatingColumn.user.nameInQuery, RatingColumn.item.nameInQuery, value, moment,
            "typeof(\(time))",
          ],
          columnCount: own.columnCount) + clauses)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_MISUSE {
      throw query.error(
        "it is more than one statement",
        remedy: "Write a single select; a semicolon may come only at its end.")
    } catch let error as DatabaseError {
      throw query.error(
        error.message ?? "\(error.resultCode)",
        remedy: "Try it in sqlite3 and correct it: \(query.shown)")
    }
  }

  /// Advances to the next row; returns false after the last.
  mutating func next(_ database: Database) throws -> Bool {
    row += 1
    do {
      return try statement.step(database)
    } catch let error as DatabaseError
      where error.resultCode == .SQLITE_ERROR || error.resultCode == .SQLITE_MISMATCH
    {
      throw query.error(
        error.message ?? "\(error.resultCode)", row: row,
        remedy: "Try it in sqlite3 and correct it: \(query.shown)")
    }
  }

  /// Returns the type of ids in a column, from its first row.
  func identifierType(_ column: RatingColumn) throws(StoreError) -> IdentifierType {
    switch type(of: column) {
    case SQLITE_INTEGER: return .integer
    case SQLITE_TEXT: return .text
    default: throw unfit(column, expected: "an integer or text")
    }
  }

  /// Appends the row to `batch`.
  func append(to batch: inout RatingBatch) throws(StoreError) {
    try append(.user, to: &batch.users)
    try append(.item, to: &batch.items)
    batch.values.append(try value())
    batch.times.append(try time())
  }

  /// Appends the row's id to `identifiers`.
  private func append(
    _ column: RatingColumn, to identifiers: inout IdentifierColumn
  ) throws(StoreError) {
    let index = Int32(column.rawValue)
    switch (identifiers.type, type(of: column)) {
    case (.integer, SQLITE_INTEGER):
      identifiers.append(integer: sqlite3_column_int64(statement.sqliteStatement, index))
    case (.text, SQLITE_TEXT):
      let problem: String? = statement.withText(index) { text in
        if let problem = RatingsQuery.problem(ofIDWithByteCount: text.count) { return problem }
        guard (try? UTF8Span(validating: text)) != nil else { return "an id that is not UTF-8" }
        guard !text.contains(0) else { return "an id with a NUL character" }
        identifiers.append(utf8: text)
        return nil
      }
      guard let problem else { return }
      throw query.error(
        "the \(column) column holds \(problem)", row: row, remedy: "Correct the id.")
    case (let type, _):
      throw unfit(
        column, expected: type == .integer ? "an integer, as in row 1" : "text, as in row 1")
    }
  }

  /// Returns the row's value.
  private func value() throws(StoreError) -> Float {
    let type = type(of: .value)
    guard type == SQLITE_INTEGER || type == SQLITE_FLOAT else {
      throw unfit(.value, expected: "a number")
    }
    let value = Float(
      sqlite3_column_double(statement.sqliteStatement, Int32(RatingColumn.value.rawValue)))
    guard value.isFinite else { throw RatingsQuery.valueIsNotFinite(at: query.place, row: row) }
    return value
  }

  /// Returns the row's time in microseconds.
  private func time() throws(StoreError) -> Int64 {
    let isText = statement.withText(Self.timeType) { $0.count == 4 && $0[0] == 0x74 }
    let type = type(of: .time)
    if type == SQLITE_NULL && !isText { return Timestamp.missing }
    let column = Int32(RatingColumn.time.rawValue)
    let microseconds: Int64?
    switch type {
    case SQLITE_INTEGER:
      let number = sqlite3_column_int64(statement.sqliteStatement, column)
      microseconds = isText ? number * 1000 : Timestamp.microseconds(sinceEpoch: number)
    case SQLITE_FLOAT:
      microseconds = Timestamp.microseconds(
        sinceEpoch: sqlite3_column_double(statement.sqliteStatement, column))
    default:
      throw unfit(
        .time, expected: "a Unix time or text such as 2026-01-31 20:15:00")
    }
    guard let microseconds else { throw RatingsQuery.timeIsTooFar(at: query.place, row: row) }
    return microseconds
  }

  private func type(of column: RatingColumn) -> Int32 {
    statement.type(of: Int32(column.rawValue))
  }

  private func unfit(_ column: RatingColumn, expected: String) -> StoreError {
    let found =
      switch type(of: column) {
      case SQLITE_INTEGER: "an integer"
      case SQLITE_FLOAT: "a real number"
      case SQLITE_TEXT: "text"
      case SQLITE_BLOB: "a blob"
      default: column == .time ? "text that is not a time" : "NULL"
      }
    return query.error(
      "the \(column) column holds \(found), not \(expected)", row: row,
      remedy: "Exclude such rows, or cast the column.")
  }
}

extension Span<UInt8> {
  /// Returns whether the elements contain `byte`.
  fileprivate func contains(_ byte: UInt8) -> Bool {
    for position in indices where self[position] == byte { return true }
    return false
  }
}
