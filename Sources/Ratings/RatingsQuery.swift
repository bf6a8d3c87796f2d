import Errors

/// A query over tables that the user already has: what every store requires of it, in the same words,
/// and what it makes of it.
///
///     let query = try RatingsQuery("select who, what, stars from review;", store: name)
///     try query.check(columnCount: 3, parameterCount: 0)
///     query.select(["user_column", "item_column", "value_column"], columnCount: 3)
package struct RatingsQuery: Sendable {
  /// The query as it was written.
  package let sql: String
  /// What errors name it by.
  package let place: String

  /// The query `sql` to the store called `store`. Throws ``StoreErrorCode/badQuery`` when it is empty or
  /// can't be sent.
  package init(_ sql: String, store: String) throws(StoreError) {
    self.sql = sql
    place = store + ", ratings query"
    guard !sql.utf8.contains(0) else {
      throw error("it holds a NUL character", remedy: "Correct the query.")
    }
    guard !SQLStatementEnd(trimmed.utf8).isBlank else {
      throw error("it is empty", remedy: "Write a select: user, item, and maybe value and time.")
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
        remedy: "Select user, item, and maybe value and time.")
    }
  }

  /// A query for `expressions` of the query's columns, each called by its ``RatingColumn/nameInQuery``.
  package func select(_ expressions: [String], columnCount: Int) -> String {
    """
    with user_query (\(RatingColumn.allCases.prefix(columnCount).map(\.nameInQuery).joined(separator: ", "))) as (
    \(trimmed)
    )
    select \(expressions.joined(separator: ", ")) from user_query
    """
  }

  /// The error of a query that does not run or fit.
  package func error(_ problem: String, row: Int? = nil, remedy: String) -> StoreError {
    Self.error(problem, at: place, row: row, remedy: remedy)
  }

  /// The error of a row, from 1, that can't be a rating, or of what is wrong with all of them.
  package static func error(
    _ problem: String, at place: String, row: Int?, remedy: String
  ) -> StoreError {
    StoreError(
      .badQuery, problem, place: place + (row.map { ", row \($0)" } ?? ""), remedy: remedy)
  }

  /// What keeps a text of `byteCount` bytes from being an id; nil when its length does not.
  package static func problem(ofIDWithByteCount byteCount: Int) -> String? {
    (1...identifierByteLimit).contains(byteCount)
      ? nil : "an id of \(byteCount) bytes; 1 to \(identifierByteLimit) are allowed"
  }

  /// The error of a value that is not finite.
  package static func valueIsNotFinite(at place: String, row: Int) -> StoreError {
    error(
      "the column value holds a number that is not finite", at: place, row: row,
      remedy: "Leave such rows out.")
  }

  /// The error of a time that microseconds since 1970 in 64 bits can't express.
  package static func timeIsTooFar(at place: String, row: Int) -> StoreError {
    error(
      "the column time holds a moment too far from 1970", at: place, row: row,
      remedy: "Leave such rows out, or give seconds, milliseconds or microseconds since 1970.")
  }

  /// The query as remedies repeat it: on one line, without passwords, and cut where it is long.
  package var shown: String {
    let line = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ").withoutPasswords
    return line.count > 300 ? line.prefix(300) + "..." : line
  }

  /// The query up to a semicolon that stands at its end, white space and comments aside.
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
  /// What the column is called within ``RatingsQuery/select(_:columnCount:)``.
  package var nameInQuery: String { "\(self)_column" }
}
