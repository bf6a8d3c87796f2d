import Ratings
import RatingsPostgres
import RatingsSQLite

extension StoreOptions {
  /// The store that is named. Connects only when something is asked of it.
  func open() throws -> any RatingsStore {
    switch try location() {
    case .sqlite(let path): SQLiteStore(path: path)
    case .postgres(let url): try PostgresStore(url: url)
    }
  }
}
