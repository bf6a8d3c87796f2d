import Errors
package import Ratings

/// Where the ratings stand that a daemon keeps and goes by.
package struct LiveStore: Sendable {
  let store: any RatingsStore
  let query: RatingsQuery?

  /// Ratings are written to `store`, and answers go by what it has of users, and by what `query` over tables of the user's own
  /// returns. Throws ``StoreErrorCode/badQuery`` or ``StoreErrorCode/settingsConflict`` where the query can't be asked about
  /// single users; a store that is away is no error.
  package init(_ store: any RatingsStore, reading query: RatingsQuery?) throws(StoreError) {
    (self.store, self.query) = (store, query)
    guard query != nil else { return }
    do throws(StoreError) { _ = try store.session(reading: query).settings() } catch {
      if error.code == .badQuery || error.code == .settingsConflict { throw error }
    }
  }
}
