import Ratings
import RatingsPostgres
import RatingsSQLite

extension StoreOptions {
  /// The store that is named. Connects only when something is asked of it.
  func open() throws -> any RatingsStore {
    let location = try location()
    return switch location.kind {
    case .sqlite: SQLiteStore(path: location.unredacted)
    case .postgres:
      try PostgresStore(url: location.unredacted, silenceLimit: statementTimeout)
    }
  }
}
