import Errors
import GRDB
import GRDBSQLite
import Ratings

/// One row's cells, each refused with its row, its column and what was expected.
extension UserQuery {
  /// The type of ids that a column's first row tells.
  func identifierType(
    _ statement: Statement, _ column: Column, row: Int
  ) throws(StoreError) -> IdentifierType {
    switch statement.type(of: column.rawValue) {
    case SQLITE_INTEGER: return .integer
    case SQLITE_TEXT: return .text
    default: throw unfit(statement, column, row: row, expected: "an integer or a text")
    }
  }

  /// Adds a row's id to `identifiers`.
  func append(
    _ statement: Statement, _ column: Column, to identifiers: inout IdentifierColumn, row: Int
  ) throws(StoreError) {
    switch (identifiers.type, statement.type(of: column.rawValue)) {
    case (.integer, SQLITE_INTEGER):
      identifiers.append(
        integer: sqlite3_column_int64(statement.sqliteStatement, column.rawValue))
    case (.text, SQLITE_TEXT):
      let problem: String? = statement.withText(column.rawValue) { text in
        guard (1...identifierByteLimit).contains(text.count) else {
          return "an id of \(text.count) bytes; 1 to \(identifierByteLimit) are allowed"
        }
        guard (try? UTF8Span(validating: text)) != nil else { return "an id that is not UTF-8" }
        guard !text.contains(0) else { return "an id with a NUL character" }
        identifiers.append(utf8: text)
        return nil
      }
      guard let problem else { return }
      throw badQuery(
        "the column \(column) holds \(problem)", row: row, remedy: "Correct the id.")
    case (let type, _):
      throw unfit(
        statement, column, row: row,
        expected: type == .integer ? "an integer, as in row 1" : "a text, as in row 1")
    }
  }

  /// A row's value.
  func value(_ statement: Statement, row: Int) throws(StoreError) -> Float {
    let type = statement.type(of: Column.value.rawValue)
    guard type == SQLITE_INTEGER || type == SQLITE_FLOAT else {
      throw unfit(statement, .value, row: row, expected: "a number")
    }
    let value = Float(sqlite3_column_double(statement.sqliteStatement, Column.value.rawValue))
    guard value.isFinite else {
      throw badQuery(
        "the column value holds a number that is not finite", row: row,
        remedy: "Leave such rows out.")
    }
    return value
  }

  /// A row's time in microseconds.
  func time(_ statement: Statement, row: Int) throws(StoreError) -> Int64 {
    let handle = statement.sqliteStatement
    let isText = statement.withText(Column.timeType.rawValue) { $0.count == 4 && $0[0] == 0x74 }
    let type = statement.type(of: Column.time.rawValue)
    if type == SQLITE_NULL && !isText { return Timestamp.missing }
    guard type == SQLITE_INTEGER else {
      throw unfit(
        statement, .time, row: row,
        expected: "whole seconds since 1970 or a text such as 2026-01-31 20:15:00")
    }
    let number = sqlite3_column_int64(handle, Column.time.rawValue)
    let (microseconds, overflow) = number.multipliedReportingOverflow(by: isText ? 1000 : 1_000_000)
    guard !overflow, microseconds != Timestamp.missing else {
      throw badQuery(
        "the column time holds \(number), too far from 1970", row: row,
        remedy: "Give whole seconds, not milliseconds.")
    }
    return microseconds
  }

  private func unfit(
    _ statement: Statement, _ column: Column, row: Int, expected: String
  ) -> StoreError {
    let found =
      switch statement.type(of: column.rawValue) {
      case SQLITE_INTEGER: "an integer"
      case SQLITE_FLOAT: "a real number"
      case SQLITE_TEXT: "a text"
      case SQLITE_BLOB: "a blob"
      default: column == .time ? "a text that is no time" : "NULL"
      }
    return badQuery(
      "the column \(column) holds \(found), not \(expected)", row: row,
      remedy: "Leave such rows out, or cast the column.")
  }

  /// The error of a query that does not run or fit.
  func badQuery(_ problem: String, row: Int? = nil, remedy: String) -> StoreError {
    StoreError(
      .badQuery, problem,
      place: "\(store), ratings query" + (row.map { ", row \($0)" } ?? ""), remedy: remedy)
  }
}

extension Span<UInt8> {
  /// Whether `byte` is among the elements.
  fileprivate func contains(_ byte: UInt8) -> Bool {
    for position in indices where self[position] == byte { return true }
    return false
  }
}
