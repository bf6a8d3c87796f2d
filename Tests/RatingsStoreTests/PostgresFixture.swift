import Ratings
import RatingsPostgres
import TestEnvironment

/// A store in a database of its own.
final class PostgresFixture: StoreFixture {
  let store: any RatingsStore
  var url: String { database.url }
  private let database: TemporaryDatabase

  init() throws {
    database = try TemporaryDatabase()
    store = try PostgresStore(url: database.url)
  }

  func execute(_ sql: String) throws { try PostgresConnection(url: url).execute(sql) }
}
