import Errors
package import Ratings

/// The store of the ratings that a daemon writes and uses.
package struct LiveStore: Sendable {
  let store: any RatingsStore
  let query: RatingsQuery?

  /// Creates a store: ratings are written to `store`, and answers are based on what it has about users, and on what
  /// `query` over the user's own tables returns. Throws ``StoreErrorCode/badQuery`` or
  /// ``StoreErrorCode/settingsConflict`` if the query can't be asked about single users; a store that is away is no
  /// error.
  package init(_ store: any RatingsStore, reading query: RatingsQuery?) throws(StoreError) {
    (self.store, self.query) = (store, query)
    guard query != nil else { return }
    do throws(StoreError) { _ = try store.session(reading: query).settings() } catch {
      if error.code == .badQuery || error.code == .settingsConflict { throw error }
    }
  }
}
