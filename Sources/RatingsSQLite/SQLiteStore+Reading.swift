import GRDB
import GRDBSQLite
package import Ratings

extension SQLiteStore {
  package func readRatings(
    from source: RatingsSource, batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    precondition(batchSize > 0, "a batch of no rows")
    switch source {
    case .table:
      try withDatabase(.reading) { try readTable($0, batchSize: batchSize, body) }
    case .query(let query):
      try withDatabase(.readingForeign) {
        try UserQuery(query, store: name).read($0, batchSize: batchSize, body)
      }
    }
  }

  private func readTable(
    _ database: Database, batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    let settings = try StoreSettings(database)
    guard let userType = settings.userType, let itemType = settings.itemType else { return }
    var batch = RatingBatch(userType: userType, itemType: itemType)
    let statement = try database.makeStatement(
      sql: "select user_id, item_id, value, rated_at from rating")
    while try statement.step(database) {
      guard batch.users.append(statement, column: 0), batch.items.append(statement, column: 1)
      else { throw damaged(store: name) }
      batch.values.append(Float(sqlite3_column_double(statement.sqliteStatement, 2)))
      batch.times.append(
        statement.type(of: 3) == SQLITE_NULL
          ? Timestamp.missing : sqlite3_column_int64(statement.sqliteStatement, 3))
      if batch.count == batchSize {
        try body(batch)
        batch.removeAll()
      }
    }
    if batch.count > 0 { try body(batch) }
  }
}
