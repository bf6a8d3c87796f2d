import Ratings
import RatingsPostgres
import TestEnvironment

/// A store in its own database.
final class PostgresFixture: StoreFixture {
  let store: any RatingsStore
  var url: String { database.url }
  private let database: TemporaryDatabase

  init() throws {
    database = try TemporaryDatabase()
    store = try PostgresStore(url: database.url)
  }

  func execute(_ sql: String) throws { try PostgresConnection(url: url).execute(sql) }

  func rows(_ sql: String) throws -> [[String?]] {
    let result = try PostgresConnection(url: url).query(sql)
    return (0..<result.count).map { row in (0..<result.columnCount).map { result.text(row, $0) } }
  }

  let schema = "latent."
}
