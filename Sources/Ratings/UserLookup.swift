import Errors

/// How a query over tables of the user's own finds the ratings of one of their users.
package struct UserLookup: Sendable {
  /// The types of ids; nil where there are no rows that could tell.
  package let userType: IdentifierType?
  package let itemType: IdentifierType?
  /// What the database would read whole, or find by something else than the user, in its words; nil where it finds the user by indexes alone.
  package let scan: String?
  /// The tables that one user's ratings come from, each by the database's own number; none where it does not tell all of them.
  package let tables: [String]

  package init(
    userType: IdentifierType?, itemType: IdentifierType?, scan: String?, tables: [String] = []
  ) {
    (self.userType, self.itemType, self.scan) = (userType, itemType, scan)
    self.tables = tables
  }

  /// Throws ``StoreErrorCode/badQuery`` where `query` does not find a user by an index, and
  /// ``StoreErrorCode/settingsConflict`` where its ids are of other types than those of a store with `settings`.
  func check(_ query: RatingsQuery, _ settings: StoreSettings) throws(StoreError) {
    if let scan {
      throw query.error(
        "one user's ratings are not found by an index: \(scan)",
        remedy:
          """
          Make an index whose first column is that of users, or select from a table that has one, without a condition \
          on that column: \(query.shown)
          """
      )
    }
    for (what, own, fixed) in [
      ("users", userType, settings.userType), ("items", itemType, settings.itemType),
    ] {
      guard let own, let fixed, own != fixed else { continue }
      throw StoreError(
        .settingsConflict, "its ids of \(what) are of type \(own), those of the store \(fixed)",
        place: query.place, remedy: "Cast the column, or keep ratings in a store of their own.")
    }
  }

  /// `settings`, with the types of the query's ids where none are fixed.
  func completing(_ settings: StoreSettings) -> StoreSettings {
    var settings = settings
    settings.userType = settings.userType ?? userType
    settings.itemType = settings.itemType ?? itemType
    return settings
  }
}

extension [Rating] {
  /// The newest `limit` of these and `others`, all of one user; of two of an item the newer, or else that of these.
  func merged(with others: [Rating], limit: Int) -> [Rating] {
    guard !others.isEmpty else { return self }
    var newest = Dictionary(map { ($0.item, $0) }, uniquingKeysWith: { first, _ in first })
    for rating in others {
      guard let own = newest[rating.item], !Timestamp.isNewer(rating.order, than: own.order) else {
        newest[rating.item] = rating
        continue
      }
    }
    // Without a time last, which counts as the earliest.
    return Array(
      newest.values.sorted { ($1.order, $0.item) < ($0.order, $1.item) }.prefix(limit))
  }
}

extension Rating {
  fileprivate var order: Int64 { time?.microseconds ?? Timestamp.missing }
}
