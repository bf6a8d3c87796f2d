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

  /// Sessions watch the snapshot of the whole cluster, which other tests change, too.
  func undisturbed<Result>(_ body: () throws -> Result) throws -> Result? {
    let connection = try PostgresConnection(url: url)
    func snapshot() throws -> String? {
      try connection.query("select txid_current_snapshot()::text").text(0, 0)
    }
    var result: Result?
    let isUndisturbed = try waitFor {
      let before = try snapshot()
      result = try body()
      return try snapshot() == before
    }
    return isUndisturbed ? result : nil
  }

  let schema = "latent."
}
