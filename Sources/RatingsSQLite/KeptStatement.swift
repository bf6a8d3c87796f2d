import GRDB

/// A prepared statement cached on a connection while its source text and the schema are the same. Must only
/// be used on the connection's queue, in a transaction.
///
/// SQLite re-prepares a statement itself after a schema change. It can't know that the statement's own SQL
/// depends on the columns.
final class KeptStatement {
  private struct Made {
    let text: String
    let schemaVersion: Int64
    let sql: String
  }
  private var made: Made?

  /// Returns the statement that `make` creates from `text`, from the cache if possible.
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
      // Makes SQLite load the current schema; until then it prepares statements against the old one.
      try database.execute(sql: "select 1 from sqlite_schema limit 1")
    }
    let statement = try make()
    made = version.map { Made(text: text, schemaVersion: $0, sql: statement.sql) }
    return statement
  }
}
