import Errors

/// A query over the user's own tables: the requirements common to all stores, and the SQL derived from it.
///
///     let query = try RatingsQuery("select who, what, stars from review;", store: name)
///     try query.check(columnCount: 3, parameterCount: 0)
///     query.select(["user_column", "item_column", "value_column"], columnCount: 3)
package struct RatingsQuery: Sendable {
  /// The query as written.
  package let sql: String
  /// The name of the query in errors.
  package let place: String

  /// Creates the query `sql` to the store called `store`. Throws ``StoreErrorCode/badQuery`` if it is empty
  /// or can't be sent.
  package init(_ sql: String, store: String) throws(StoreError) {
    self.sql = sql
    place = store + ", ratings query"
    guard !sql.utf8.contains(0) else {
      throw error("it holds a NUL character", remedy: "Correct the query.")
    }
    guard !SQLStatementEnd(trimmed.utf8).isBlank else {
      throw error(
        "it is empty", remedy: "Write a select of user, item and, optionally, value and time.")
    }
  }

  /// Throws unless the query has two to four columns and no parameters.
  package func check(columnCount: Int, parameterCount: Int) throws(StoreError) {
    guard parameterCount == 0 else {
      throw error("it has parameters", remedy: "Write the values into the query.")
    }
    guard (2...RatingColumn.allCases.count).contains(columnCount) else {
      throw error(
        "it has \(columnCount) column\(columnCount == 1 ? "" : "s")",
        remedy: "Select user, item and, optionally, value and time.")
    }
  }

  /// Returns a query that selects `expressions` of the query's columns, each of which has its
  /// ``RatingColumn/nameInQuery``.
  package func select(_ expressions: [String], columnCount: Int) -> String {
    """
    with user_query (\(RatingColumn.allCases.prefix(columnCount).map(\.nameInQuery).joined(separator: ", "))) as (
    \(trimmed)
    )
    select \(expressions.joined(separator: ", ")) from user_query
    """
  }

  /// Returns the error of a query that does not run or does not fit.
  package func error(_ problem: String, row: Int? = nil, remedy: String) -> StoreError {
    Self.error(problem, at: place, row: row, remedy: remedy)
  }

  /// Returns the error of a row, from 1, that can't be a rating; without a row, the error of all rows.
  package static func error(
    _ problem: String, at place: String, row: Int?, remedy: String
  ) -> StoreError {
    StoreError(
      .badQuery, problem, place: place + (row.map { ", row \($0)" } ?? ""), remedy: remedy)
  }

  /// Returns why a text of `byteCount` bytes can't be an id; nil if its length is valid.
  package static func problem(ofIDWithByteCount byteCount: Int) -> String? {
    (1...identifierByteLimit).contains(byteCount)
      ? nil : "an id of \(byteCount) bytes; 1 to \(identifierByteLimit) are allowed"
  }

  /// Returns the error of a value that is not finite.
  package static func valueIsNotFinite(at place: String, row: Int) -> StoreError {
    error(
      "the value column holds a number that is not finite", at: place, row: row,
      remedy: "Exclude such rows.")
  }

  /// Returns the error of a time outside the range of 64-bit microseconds since 1970.
  package static func timeIsTooFar(at place: String, row: Int) -> StoreError {
    error(
      "the time column holds a time that is out of range", at: place, row: row,
      remedy: "Exclude such rows, or give seconds, milliseconds or microseconds since 1970.")
  }

  /// The query for display in remedies: on one line, without passwords, and truncated if it is long.
  package var shown: String {
    let line = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ").withoutPasswords
    return line.count > 300 ? line.prefix(300) + "..." : line
  }

  /// The query without a trailing semicolon and what follows it: white space and comments.
  package var trimmed: Substring {
    let text = sql[...].utf8
    var end = SQLStatementEnd(text).position ?? text.endIndex
    while end > text.startIndex, [0x09, 0x0A, 0x0D, 0x20].contains(text[text.index(before: end)]) {
      end = text.index(before: end)
    }
    return sql[..<end]
  }
}

extension RatingColumn {
  /// The column's name within ``RatingsQuery/select(_:columnCount:)``.
  package var nameInQuery: String { "\(self)_column" }
}
