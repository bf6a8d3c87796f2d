import CPostgres
import Errors
package import Ratings

/// Reading of ratings from the user's own tables.
extension PostgresTransaction {
  package func readRatings(
    of query: RatingsQuery, batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    do {
      let (select, layout) = try query.prepare(connection)
      try read(select, layout, place: query.place, batchSize: batchSize, body)
    } catch let failure as PostgresFailure {
      throw query.storeError(failure, at: connection.address)
    }
  }

  package func ratings(of user: UserID, in query: RatingsQuery, limit: Int) throws -> [Rating] {
    do {
      let lookup = try query.lookup(connection)
      guard lookup.userType == user.type else { return [] }
      let rows = try connection.query(lookup.sql(), [user.description, String(limit)])
      return try (0..<rows.count).map { row in
        guard let item = rows.text(row, 0).flatMap({ ItemID($0, as: lookup.itemType) }),
          let value = rows.text(row, 1).flatMap({ Float($0) })
        else {
          throw query.error(
            "it has an invalid item or value", row: row + 1,
            remedy: "Exclude such rows.")
        }
        guard value.isFinite else {
          throw RatingsQuery.valueIsNotFinite(at: query.place, row: row + 1)
        }
        let time = try rows.text(row, 2).map { text in
          guard let time = lookup.time(text) else {
            throw RatingsQuery.timeIsTooFar(at: query.place, row: row + 1)
          }
          return Timestamp(microseconds: time)
        }
        return Rating(user: user, item: item, value: value, time: time)
      }
    } catch let failure as PostgresFailure {
      // The id is not valid for the column's type, such as a uuid, or out of its range, such as an int4.
      if failure.sqlState == "22P02" || failure.sqlState == "22003" { return [] }
      throw query.storeError(failure, at: connection.address)
    }
  }

  package func lookup(by query: RatingsQuery) throws -> UserLookup {
    do {
      let lookup = try query.lookup(connection)
      let (plan, user) = try lookup.plan(connection)
      return UserLookup(
        userType: lookup.userType, itemType: lookup.itemType,
        scan: plan?.scan(insteadOf: user),
        tables: try (plan?.tables ?? []).map { name in
          try connection.query(
            """
            select (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
              where n.nspname = $1 and c.relname = $2)
            """, name
          ).text(0, 0) ?? "0"
        })
    } catch let failure as PostgresFailure {
      throw query.storeError(failure, at: connection.address)
    }
  }
}

/// A query's columns, and the query that converts them to our own format.
extension RatingsQuery {
  /// Has the server describe the query without running it. Returns the query to run and the layout of its
  /// columns.
  fileprivate func prepare(
    _ connection: PostgresConnection
  ) throws -> (select: String, layout: RatingLayout) {
    let (columns, layout) = try describe(connection)
    let casts = [layout.userType, layout.itemType].map { $0 == .integer ? "int8" : "text" }
    let value = columns.count > 2 ? try valueForm(columns[2]).1 : nil
    let time = columns.count > 3 ? try timeForm(columns[3]).1 : nil
    let cells = zip(columns, casts + [value, time].compactMap(\.self))
      .map { "\($0.role.nameInQuery)::\($1)" }
    return (select(cells, columnCount: columns.count), layout)
  }

  /// Returns the query's columns and how to read them.
  private func describe(
    _ connection: PostgresConnection
  ) throws -> (columns: [TypedColumn], layout: RatingLayout) {
    _ = try connection.checked(
      connection.run { PQsendPrepare(connection.handle, "", sql, 0, nil) },
      expected: [PGRES_COMMAND_OK])
    let description = try connection.checked(
      connection.run { PQsendDescribePrepared(connection.handle, "") },
      expected: [PGRES_COMMAND_OK])
    try check(columnCount: description.columnCount, parameterCount: description.parameterCount)
    let columns = try zip(RatingColumn.allCases, 0..<description.columnCount).map { role, column in
      let type = description.columnType(column)
      return TypedColumn(
        role: role, name: description.columnName(column), type: type,
        typeName: try connection.query("select format_type($1, null)", ["\(type)"]).text(0, 0)
          ?? "\(type)")
    }
    let user = try identifierType(columns[0])
    let item = try identifierType(columns[1])
    let value = columns.count > 2 ? try valueForm(columns[2]).0 : .none
    let time = columns.count > 3 ? try timeForm(columns[3]).0 : .none
    return (columns, RatingLayout(userType: user, itemType: item, value: value, time: time))
  }

  /// Returns the lookup of one user, which queries the server once per connection.
  fileprivate func lookup(_ connection: PostgresConnection) throws -> PostgresLookup {
    if let known = connection.lookup, known.query == self.sql { return known }
    let (columns, layout) = try describe(connection)
    let (item, value, time) = (
      RatingColumn.item.nameInQuery, RatingColumn.value.nameInQuery, RatingColumn.time.nameInQuery
    )
    let valueCell = columns.count > 2 ? "\(value)::\(try valueForm(columns[2]).1 ?? "float8")" : "1"
    let timeCell: String
    switch layout.time {
    case .none, .microseconds: timeCell = "null::text"
    case .timestamp:
      let type = try timeForm(columns[3]).1 ?? "timestamptz"
      timeCell = "(extract(epoch from \(time)::\(type)) * 1000000)::int8"
    case .epoch, .fractionalEpoch: timeCell = "\(time)::\(try timeForm(columns[3]).1 ?? "float8")"
    }
    let lookup = PostgresLookup(
      query: self.sql,
      select: select(["\(item)::text", valueCell, timeCell], columnCount: columns.count),
      userType: layout.userType, itemType: layout.itemType, timeForm: layout.time)
    connection.lookup = lookup
    return lookup
  }

  /// Converts a server error, which is blamed on the query unless the server itself is in trouble.
  fileprivate func storeError(_ failure: PostgresFailure, at address: PostgresAddress) -> StoreError
  {
    let error = failure.storeError(at: address)
    guard error.code == .failed || error.code == .badValue || failure.sqlState == "25006" else {
      return error
    }
    return self.error(
      error.problem,
      remedy: "Correct it in psql; it must be a single select that only reads: \(shown)")
  }

  private struct TypedColumn {
    let role: RatingColumn
    let name: String
    /// The object id of the type; those of PostgreSQL's built-in types are fixed (pg_type.dat).
    let type: UInt32
    let typeName: String
  }

  private func identifierType(_ column: TypedColumn) throws(StoreError) -> IdentifierType {
    switch column.type {
    case 20, 21, 23: return .integer  // int8, int2, int4
    // text, varchar, char(n), name, uuid, and the unknown type of a literal
    case 25, 1043, 1042, 19, 2950, 705: return .text
    default:
      throw unfit(column, expected: "an integer or text", cast: "text")
    }
  }

  private func valueForm(_ column: TypedColumn) throws(StoreError) -> (RatingLayout.Value, String?)
  {
    switch column.type {
    case 21, 700: return (.float, "float4")  // int2, float4: lossless
    case 20, 23, 701, 1700: return (.double, "float8")  // int8, int4, float8, numeric
    case 16: return (.float, "int4::float4")  // bool: 1 and 0
    default: throw unfit(column, expected: "a number or a boolean", cast: "float8")
    }
  }

  private func timeForm(_ column: TypedColumn) throws(StoreError) -> (RatingLayout.Time, String?) {
    switch column.type {
    case 20, 21, 23: return (.epoch, "int8")
    case 700, 701, 1700: return (.fractionalEpoch, "float8")  // float4, float8, numeric
    case 1184: return (.timestamp, "timestamptz")
    case 1114, 1082: return (.timestamp, "timestamp")  // timestamp, date: taken as UTC
    default:
      throw unfit(
        column, expected: "a timestamp, a date or a Unix time", cast: "timestamptz")
    }
  }

  private func unfit(_ column: TypedColumn, expected: String, cast: String) -> StoreError {
    // Only texts can be cast to any of these; the server would reject casts from other types.
    let isText = [25, 1043, 1042, 705].contains(column.type)
    return error(
      "the column \(column.name) (\(column.role)) is of type \(column.typeName), not \(expected)",
      remedy: isText || cast == "text"
        ? "Select another column, or cast it: \(column.name)::\(cast)." : "Select another column.")
  }
}
