import CPostgres
import Errors
import Ratings

/// Ratings out of tables that the user has already, by his own query: what its columns are, and the
/// query that brings them into a form of our own.
struct UserQuery {
  private let sql: String
  /// What errors speak of.
  let place: String

  init(_ sql: String, store: String) {
    self.sql = sql
    place = store + ", ratings query"
  }

  /// Has the server describe the query, without running it. Answers the query to run and the layout
  /// of its columns.
  func prepare(
    _ connection: PostgresConnection
  ) throws -> (select: String, layout: RatingLayout) {
    guard !sql.utf8.contains(0) else { throw badQuery("it holds a NUL character") }
    _ = try connection.checked(
      connection.run { PQsendPrepare(connection.handle, "", sql, 0, nil) },
      expected: [PGRES_COMMAND_OK])
    let description = try connection.checked(
      connection.run { PQsendDescribePrepared(connection.handle, "") },
      expected: [PGRES_COMMAND_OK])
    guard description.parameterCount == 0 else {
      throw badQuery("it has parameters", remedy: "Write the values into the query.")
    }
    guard (2...4).contains(description.columnCount) else {
      throw badQuery(
        "it has \(description.columnCount) column\(description.columnCount == 1 ? "" : "s")",
        remedy: "Select user, item, and maybe value and time.")
    }
    let columns = try (0..<description.columnCount).map { column in
      let type = description.columnType(column)
      return Column(
        role: Self.roles[column], name: description.columnName(column), type: type,
        typeName: try connection.query("select format_type($1, null)", ["\(type)"]).text(0, 0)
          ?? "\(type)")
    }
    let user = try identifierType(columns[0])
    let item = try identifierType(columns[1])
    let value = columns.count > 2 ? try valueForm(columns[2]) : (.none, "")
    let time = columns.count > 3 ? try timeForm(columns[3]) : (.none, "")
    let casts = [user == .integer ? "int8" : "text", item == .integer ? "int8" : "text"]
    let cells = zip(Self.roles, casts + [value.1, time.1].filter { !$0.isEmpty })
      .map { "\($0)_column::\($1)" }
    let names = columns.map { "\($0.role)_column" }
    let select = """
      with user_query (\(names.joined(separator: ", "))) as (
      \(trimmed)
      )
      select \(cells.joined(separator: ", ")) from user_query
      """
    return (
      select, RatingLayout(userType: user, itemType: item, value: value.0, time: time.0)
    )
  }

  /// What the server says of the query is the query's fault, unless the server is in trouble.
  func storeError(_ failure: PostgresFailure, at address: PostgresAddress) -> StoreError {
    let error = failure.storeError(at: address)
    guard error.code == .failed || error.code == .badValue || failure.sqlState == "25006" else {
      return error
    }
    return badQuery(
      error.problem, remedy: "Correct it in psql; a single select is taken, which only reads.")
  }
}

extension UserQuery {
  private static let roles = ["user", "item", "value", "time"]

  private struct Column {
    let role: String
    let name: String
    /// The object id of the type; those of PostgreSQL's own types are fixed (pg_type.dat).
    let type: UInt32
    let typeName: String
  }

  /// The query without a semicolon at its end.
  private var trimmed: Substring {
    var text = sql[...]
    while let last = text.last, last.isWhitespace || last == ";" { text.removeLast() }
    return text
  }

  private func identifierType(_ column: Column) throws(StoreError) -> IdentifierType {
    switch column.type {
    case 20, 21, 23: return .integer  // int8, int2, int4
    // text, varchar, char(n), name, uuid, and the unknown type of a literal
    case 25, 1043, 1042, 19, 2950, 705: return .text
    default:
      throw unfit(column, expected: "an integer or a text", cast: "text")
    }
  }

  private func valueForm(_ column: Column) throws(StoreError) -> (RatingLayout.Value, String) {
    switch column.type {
    case 21, 700: return (.float, "float4")  // int2, float4: no digit is lost
    case 20, 23, 701, 1700: return (.double, "float8")  // int8, int4, float8, numeric
    default: throw unfit(column, expected: "a number", cast: "float8")
    }
  }

  private func timeForm(_ column: Column) throws(StoreError) -> (RatingLayout.Time, String) {
    switch column.type {
    case 20, 21, 23: return (.seconds, "int8")
    case 1184: return (.timestamp, "timestamptz")
    case 1114, 1082: return (.timestamp, "timestamp")  // timestamp, date: taken for UTC
    default:
      throw unfit(
        column, expected: "a timestamp, a date or whole seconds since 1970", cast: "timestamptz")
    }
  }

  private func unfit(_ column: Column, expected: String, cast: String) -> StoreError {
    badQuery(
      "the column \(column.name) (\(column.role)) is of type \(column.typeName), not \(expected)",
      remedy: "Select another column, or cast it: \(column.name)::\(cast).")
  }

  private func badQuery(_ problem: String, remedy: String = "Correct the query.") -> StoreError {
    StoreError(.badQuery, problem, place: place, remedy: remedy)
  }
}
