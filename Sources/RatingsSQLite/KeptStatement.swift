import GRDB

/// A statement that a connection keeps while it is made from the same text, and the database has the same tables. Used within the queue of
/// the connection alone, in a transaction.
///
/// SQLite makes a statement anew by itself where tables have changed, but it can't know that the statement's own text goes by their columns.
final class KeptStatement {
  private struct Made {
    let text: String
    let schemaVersion: Int64
    let sql: String
  }
  private var made: Made?

  /// The statement that `make` makes of `text`, or has made.
  func statement(
    of text: String, _ database: Database, _ make: () throws -> Statement
  ) throws -> Statement {
    let version = try Int64.fetchOne(
      database.cachedStatement(sql: "pragma schema_version"))
    if let made, made.text == text, made.schemaVersion == version {
      return try database.cachedStatement(sql: made.sql)
    }
    if made != nil {
      database.clearSchemaCache()
      // Has SQLite itself look at what there is now; until then it makes statements by what there was.
      try database.execute(sql: "select 1 from sqlite_schema limit 1")
    }
    let statement = try make()
    made = version.map { Made(text: text, schemaVersion: $0, sql: statement.sql) }
    return statement
  }
}
