import Ratings
import Recommenders

/// A cache of what was recently read about users from the store.
///
/// It has two halves: what is asked for moves to the newer one. When that is full, the older one is dropped.
struct RecentUsers {
  /// What a store has about a user.
  struct Entry: Sendable {
    /// The newest ratings, at most ``RecommenderQueries/ratingLimit``.
    let ratings: [GivenRating]
    /// When the newest was left, if known.
    let newest: Timestamp?

    init(_ ratings: [Rating]) {
      self.ratings = ratings.map { GivenRating(item: $0.item, value: $0.value) }
      newest = ratings.first?.time
    }
  }

  /// The number of ratings that each half holds; each user counts as `userWeight` ratings besides.
  private let halfLimit: Int
  private static let userWeight = 4
  private var newer: [UserID: Entry] = [:]
  private var older: [UserID: Entry] = [:]
  private var weight = 0

  /// Creates an empty cache of at most `ratingLimit` ratings, of some 32 bytes each.
  init(ratingLimit: Int = 2_000_000) { halfLimit = ratingLimit / 2 }

  /// Returns what was read about `user`; `nil` if it is no longer cached.
  mutating func entry(of user: UserID) -> Entry? {
    if let entry = newer[user] { return entry }
    guard let entry = older.removeValue(forKey: user) else { return nil }
    insert(entry, of: user)
    return entry
  }

  /// Returns whether `user` is cached.
  func knows(_ user: UserID) -> Bool { newer[user] != nil || older[user] != nil }

  /// Caches what was read about `user`.
  mutating func insert(_ entry: Entry, of user: UserID) {
    if weight >= halfLimit { (older, newer, weight) = (newer, [:], 0) }
    if let old = newer.updateValue(entry, forKey: user) { weight -= Self.weight(of: old) }
    weight += Self.weight(of: entry)
  }

  /// Removes what was read about `user`.
  mutating func remove(_ user: UserID) {
    if let old = newer.removeValue(forKey: user) { weight -= Self.weight(of: old) }
    older[user] = nil
  }

  /// Removes everything.
  mutating func removeAll() { (newer, older, weight) = ([:], [:], 0) }

  private static func weight(of entry: Entry) -> Int { userWeight + entry.ratings.count }
}
