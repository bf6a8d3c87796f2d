import GRDB
import Ratings
import RatingsSQLite
import TestEnvironment

/// A store in its own file.
struct SQLiteFixture: StoreFixture {
  let folder: TemporaryFolder
  let path: String
  let store: any RatingsStore

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("ratings.sqlite")
    store = SQLiteStore(path: path)
  }

  func execute(_ sql: String) throws {
    try DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
  }

  func rows(_ sql: String) throws -> [[String?]] {
    try DatabaseQueue(path: path).read { database in
      try Row.fetchAll(database, sql: sql).map { row in
        row.databaseValues.map { $0.isNull ? nil : String.fromDatabaseValue($0) ?? "\($0)" }
      }
    }
  }

  func undisturbed<Result>(_ body: () throws -> Result) throws -> Result? { try body() }

  let schema = ""
}
