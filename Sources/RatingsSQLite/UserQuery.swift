import GRDB
import GRDBSQLite
import Ratings

/// Ratings out of tables that the user has already, by his own query.
///
/// SQLite knows no types of columns, only of values: every row is looked at. A text that SQLite's date
/// functions read is a time of theirs, to the millisecond.
struct UserQuery {
  private let sql: String
  let store: String

  init(_ sql: String, store: String) {
    self.sql = sql
    self.store = store
  }

  /// Runs the query and hands its rows over in batches.
  func read(
    _ database: Database, batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    let statement = try prepare(database)
    guard try step(statement, database, row: 1) else { return }
    var batch = RatingBatch(
      userType: try identifierType(statement, Column.user, row: 1),
      itemType: try identifierType(statement, Column.item, row: 1))
    var row = 1
    repeat {
      try append(statement, Column.user, to: &batch.users, row: row)
      try append(statement, Column.item, to: &batch.items, row: row)
      batch.values.append(try value(statement, row: row))
      batch.times.append(try time(statement, row: row))
      if batch.count == batchSize {
        try body(batch)
        batch.removeAll()
      }
      row += 1
    } while try step(statement, database, row: row)
    if batch.count > 0 { try body(batch) }
  }
}

extension UserQuery {
  /// The columns of the prepared statement.
  enum Column: Int32 {
    case user, item, value, time, timeType
  }

  /// The user's query within one that reads texts as moments and adds the time's own type.
  private func prepare(_ database: Database) throws -> Statement {
    guard !sql.utf8.contains(0) else {
      throw badQuery("it holds a NUL character", remedy: "Correct the query.")
    }
    guard !trimmed.isEmpty else {
      throw badQuery("it is empty", remedy: "Write a select: user, item, and maybe value and time.")
    }
    do {
      // First alone, so that errors speak of what the user wrote.
      let own = try database.makeStatement(sql: sql)
      guard own.isReadonly else {
        throw badQuery("it does not only read", remedy: "Write a select.")
      }
      guard (2...4).contains(own.columnCount) else {
        throw badQuery(
          "it has \(own.columnCount) column\(own.columnCount == 1 ? "" : "s")",
          remedy: "Select user, item, and maybe value and time.")
      }
      guard sqlite3_bind_parameter_count(own.sqliteStatement) == 0 else {
        throw badQuery("it has parameters", remedy: "Write the values into the query.")
      }
      let names = ["user_column", "item_column", "value_column", "time_column"]
        .prefix(own.columnCount)
      let value = names.count > 2 ? names[2] : "1"
      let time = names.count > 3 ? names[3] : "null"
      let day = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
      return try database.makeStatement(
        sql: """
          with user_query (\(names.joined(separator: ", "))) as (
          \(trimmed)
          )
          select user_column, item_column, \(value),
            case when typeof(\(time)) <> 'text' then \(time)
              when \(time) glob '\(day)*'
              then cast(round((julianday(\(time)) - 2440587.5) * 86400000) as integer) end,
            typeof(\(time))
          from user_query
          """)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_MISUSE {
      throw badQuery(
        "it is more than one statement",
        remedy: "Leave a single select; a semicolon may stand at its end alone.")
    } catch let error as DatabaseError {
      throw badQuery(
        error.message ?? "\(error.resultCode)", remedy: "Try it in sqlite3 and correct it.")
    }
  }

  /// The query without a semicolon at its end.
  private var trimmed: Substring {
    var text = sql[...]
    while let last = text.last, last.isWhitespace || last == ";" { text.removeLast() }
    return text
  }

  private func step(_ statement: Statement, _ database: Database, row: Int) throws -> Bool {
    do {
      return try statement.step(database)
    } catch let error as DatabaseError
      where error.resultCode == .SQLITE_ERROR || error.resultCode == .SQLITE_MISMATCH
    {
      throw badQuery(
        error.message ?? "\(error.resultCode)", row: row, remedy: "Correct the query.")
    }
  }
}
