import GRDB
import Ratings
import RatingsSQLite
import TestEnvironment

/// A store in a file of its own.
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
}
