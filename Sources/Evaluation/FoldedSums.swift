import Interactions
import Ratings

/// The distinct users of several cross-validation folds, with the positions of their sums.
struct FoldedUsers {
  private var places: [UserID: Int] = [:]

  /// The number of distinct users.
  var count: Int { places.count }

  /// Returns the positions of some of a fold's users, given by their rows in its table. O(rows).
  mutating func places(of rows: some Sequence<UserIndex>, in table: InteractionTable) -> [Int] {
    rows.map { row in
      let user = table.identifier(of: row)
      if let place = places[user] { return place }
      places[user] = places.count
      return places.count - 1
    }
  }
}

/// Per-user sums over the folds of a cross-validation, at the positions of ``FoldedUsers``.
struct FoldedSums {
  private var (sums, counts): ([Double], [Double]) = ([], [])

  /// Adds the sums of a fold whose users are at `places`.
  mutating func add(_ fold: UserSums, at places: [Int]) {
    precondition(places.count == fold.sums.count, "a report on these ratings")
    extend(to: (places.max() ?? -1) + 1)
    for (place, (sum, count)) in zip(places, zip(fold.sums, fold.counts)) {
      sums[place] += sum
      counts[place] += count
    }
  }

  /// Returns the sums of `count` users; 0 for users without any.
  consuming func joined(count: Int) -> UserSums {
    extend(to: count)
    return UserSums(sums: sums, counts: counts)
  }

  private mutating func extend(to count: Int) {
    let missing = [Double](repeating: 0, count: max(0, count - sums.count))
    sums += missing
    counts += missing
  }
}
