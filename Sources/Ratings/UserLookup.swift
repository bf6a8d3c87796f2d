import Errors

/// How a query over the user's own tables finds the ratings of one user.
package struct UserLookup: Sendable {
  /// The id types; nil if there are no rows to infer them from.
  package let userType: IdentifierType?
  package let itemType: IdentifierType?
  /// What the database would scan in full, or find by something other than the user, in its own words; nil if
  /// indexes alone find the user.
  package let scan: String?
  /// The tables that one user's ratings come from, by the database's own number; empty if the database does
  /// not report all of them.
  package let tables: [String]

  package init(
    userType: IdentifierType?, itemType: IdentifierType?, scan: String?, tables: [String] = []
  ) {
    (self.userType, self.itemType, self.scan) = (userType, itemType, scan)
    self.tables = tables
  }

  /// Throws ``StoreErrorCode/badQuery`` if `query` does not find a user by an index, and
  /// ``StoreErrorCode/settingsConflict`` if its id types differ from those of a store with `settings`.
  func check(_ query: RatingsQuery, _ settings: StoreSettings) throws(StoreError) {
    if let scan {
      throw query.error(
        "one user's ratings are not looked up by an index on the user: \(scan)",
        remedy:
          """
          Create an index whose first column is the user, or select from a table that has one, without a condition \
          on that column: \(query.shown)
          """
      )
    }
    for (what, own, fixed) in [
      ("user", userType, settings.userType), ("item", itemType, settings.itemType),
    ] {
      guard let own, let fixed, own != fixed else { continue }
      throw StoreError(
        .settingsConflict, "its \(what) ids are of type \(own), the store's are \(fixed)",
        place: query.place, remedy: "Cast the column, or keep ratings in a separate store.")
    }
  }

  /// Returns `settings`, with the query's id types for those not fixed.
  func completing(_ settings: StoreSettings) -> StoreSettings {
    var settings = settings
    settings.userType = settings.userType ?? userType
    settings.itemType = settings.itemType ?? itemType
    return settings
  }
}

extension [Rating] {
  /// Returns the newest `limit` of these ratings and `others`, all of one user. If both have a rating of an
  /// item, the newer one is kept, by default that of `self`.
  func merged(with others: [Rating], limit: Int) -> [Rating] {
    guard !others.isEmpty else { return self }
    var newest = Dictionary(map { ($0.item, $0) }, uniquingKeysWith: { first, _ in first })
    for rating in others {
      guard let own = newest[rating.item], !Timestamp.isNewer(rating.order, than: own.order) else {
        newest[rating.item] = rating
        continue
      }
    }
    // A missing time counts as the earliest and sorts last.
    return Array(
      newest.values.sorted { ($1.order, $0.item) < ($0.order, $1.item) }.prefix(limit))
  }
}

extension Rating {
  fileprivate var order: Int64 { time?.microseconds ?? Timestamp.missing }
}
