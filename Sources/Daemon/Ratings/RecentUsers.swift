import Ratings
import Recommenders

/// What was read of users from the store, the latest of them.
///
/// In two halves: what is asked for moves to the newer one, and when that is full, the older one goes.
struct RecentUsers {
  /// What a store has of a user.
  struct Entry: Sendable {
    /// The newest ratings, at most ``RecommenderQueries/ratingLimit``.
    let ratings: [GivenRating]
    /// When the newest was left, where that is known.
    let newest: Timestamp?

    init(_ ratings: [Rating]) {
      self.ratings = ratings.map { GivenRating(item: $0.item, value: $0.value) }
      newest = ratings.first?.time
    }
  }

  /// Ratings that each half holds, a user without any counting as some.
  private let halfLimit: Int
  private static let userWeight = 4
  private var newer: [UserID: Entry] = [:]
  private var older: [UserID: Entry] = [:]
  private var weight = 0

  /// Nobody yet, and at most so many ratings, of some 32 bytes each.
  init(ratingLimit: Int = 2_000_000) { halfLimit = ratingLimit / 2 }

  /// What was read of `user`; nil where that is not known any more.
  mutating func entry(of user: UserID) -> Entry? {
    if let entry = newer[user] { return entry }
    guard let entry = older.removeValue(forKey: user) else { return nil }
    insert(entry, of: user)
    return entry
  }

  /// Whether something is known of `user`.
  func knows(_ user: UserID) -> Bool { newer[user] != nil || older[user] != nil }

  /// Keeps what was read of `user`.
  mutating func insert(_ entry: Entry, of user: UserID) {
    if weight >= halfLimit { (older, newer, weight) = (newer, [:], 0) }
    if let old = newer.updateValue(entry, forKey: user) { weight -= Self.weight(of: old) }
    weight += Self.weight(of: entry)
  }

  /// Forgets what was read of `user`.
  mutating func remove(_ user: UserID) {
    if let old = newer.removeValue(forKey: user) { weight -= Self.weight(of: old) }
    older[user] = nil
  }

  /// Forgets everybody.
  mutating func removeAll() { (newer, older, weight) = ([:], [:], 0) }

  private static func weight(of entry: Entry) -> Int { userWeight + entry.ratings.count }
}
