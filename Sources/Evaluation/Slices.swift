package import Interactions
package import Ratings

/// A named subset of the held-out ratings, such as those of users with few ratings or of rare items.
package struct Slice: Sendable {
  /// A description of the ratings, for people.
  package let name: String
  /// The positions of its ratings among the held-out ones, ascending.
  package let positions: [Int]
}

extension SplitRatings {
  /// Returns the held-out ratings in slices that exist for any data. Empty slices are omitted.
  ///
  /// - Users by number of ratings in the training part: none, and the quartiles.
  /// - The newest tenth of users by first rating, if there are times.
  /// - Rare items: the least rated ones, which together have at most a fifth of the training part's ratings.
  package func slices() -> [Slice] {
    let counts = (0..<training.userCount).map { training.positions(of: UserIndex($0)).count }
    var slices = [
      slice("users without training ratings") { heldOut.users[$0] == HeldOutRatings.unknown }
    ]
    let sorted = counts.sorted()
    var bounds = (1...4).map { sorted[max(0, sorted.count * $0 / 4 - 1)] }
    bounds = bounds.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    for (position, bound) in bounds.enumerated() {
      let least = position == 0 ? 1 : bounds[position - 1] + 1
      slices.append(
        slice("users with \(least == bound ? "\(bound)" : "\(least) to \(bound)") ratings") {
          let user = heldOut.users[$0]
          return user != HeldOutRatings.unknown && (least...bound).contains(counts[Int(user)])
        })
    }
    if let newest = newestUsers() { slices.append(newest) }
    let isRare = rareItems()
    slices.append(
      slice("rare items") {
        let item = heldOut.items[$0]
        return item == HeldOutRatings.unknown || isRare[Int(item)]
      })
    return slices.filter { !$0.positions.isEmpty }
  }

  /// Returns the held-out ratings in slices by their items' values of an attribute, ordered by value. `attributes`
  /// returns the attributes of an item. If there are more than `limit` values, those with the most held-out ratings
  /// have their own slices, and all others share a last one.
  package func slices(
    by name: String, limit: Int = 50, _ attributes: (ItemID) -> [ItemAttribute]
  ) -> [Slice] {
    let table = heldOut.ratings
    let values = (0..<table.itemCount).map { item in
      Set(attributes(table.identifier(of: ItemIndex(item))).filter { $0.name == name }.map(\.value))
    }
    var counts: [String: Int] = [:]
    for (item, count) in table.itemRatingCounts().enumerated() {
      for value in values[item] { counts[value, default: 0] += Int(count) }
    }
    let frequent = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    let shown = frequent.prefix(limit).sorted()
    let others = Set(frequent.dropFirst(limit))
    var positions = [String: [Int]](minimumCapacity: shown.count)
    for value in shown { positions[value] = [] }
    var rest: [Int] = []
    for (position, item) in table.items.enumerated() {
      let own = values[Int(item)]
      for value in own { positions[value]?.append(position) }
      if !others.isDisjoint(with: own) { rest.append(position) }
    }
    let slices = shown.map { Slice(name: "\(name)=\($0)", positions: positions[$0] ?? []) }
    return others.isEmpty
      ? slices : slices + [Slice(name: "\(name): \(others.count) other values", positions: rest)]
  }

  private func slice(_ name: String, _ isKept: (Int) -> Bool) -> Slice {
    Slice(name: name, positions: (0..<heldOut.count).filter(isKept))
  }

  private func newestUsers() -> Slice? {
    let table = heldOut.ratings
    guard let known = training.times, let held = table.times else { return nil }
    // By rows of the held-out part, since a user's first rating may be in either part.
    let firsts = (0..<table.userCount).map { row -> Int64 in
      let positions = table.positions(of: UserIndex(row))
      var times = positions.map { held[$0] }
      let user = heldOut.users[positions.lowerBound]
      if user != HeldOutRatings.unknown {
        times += training.positions(of: UserIndex(user)).map { known[$0] }
      }
      return times.filter { $0 != Timestamp.missing }.min() ?? .min
    }
    guard let last = firsts.max(), last != .min else { return nil }
    let bound = firsts.sorted()[firsts.count * 9 / 10]
    // If all users arrived at the same time, none is newer.
    guard bound > firsts.min() ?? bound else { return nil }
    return slice("the newest tenth of users") { firsts[Int(table.users[$0])] >= bound }
  }

  private func rareItems() -> [Bool] {
    let counts = training.itemRatingCounts()
    var isRare = [Bool](repeating: false, count: counts.count)
    var left = training.count / 5
    for item in counts.indices.sorted(by: { (counts[$0], $0) < (counts[$1], $1) }) {
      left -= Int(counts[item])
      guard left >= 0 else { break }
      isRare[item] = true
    }
    return isRare
  }
}
