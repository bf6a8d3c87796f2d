package import Ratings

/// Who has rated each item: the lists of what users have rated, turned round, so that what is rated by the same
/// users is counted without a look at all of them.
///
/// Items i and j of N users, rated by n(i) and n(j) of them, c of these by both, are alike by the correlation of who
/// has rated them (the phi coefficient), drawn towards 0 where few have rated both (as Koren, "Factorization Meets the
/// Neighborhood", 2008, eq. 2, shrinks correlations of ratings):
///
///     similarity(i, j) = c / (c + 50) (c - n(i) n(j) / N) / sqrt(n(i) (1 - n(i) / N) n(j) (1 - n(j) / N))
///
/// Exact as long as at most ``raterLimit`` users stand in the lists of all items and the users of an item have
/// rated ``readLimit`` items; beyond, c is counted among users of the item that lie evenly spread over all of its users,
/// and taken times how many there are for each of them. Memory and the time of a look-up are bounded by the two.
package struct CoRatings: Sendable {
  /// The most users in all lists: 256 MiB.
  package static let raterLimit = 1 << 26
  /// About the most rated items that a look-up reads: some milliseconds.
  package static let readLimit = 1 << 22
  /// How many users must have rated both for half of the correlation to count.
  private static let shrinkage = 50.0

  private let catalogue: ModelCatalogue
  /// How many users have rated each item.
  private let counts: [UInt32]
  /// Where the users of each item begin; one more at the end.
  private let offsets: [Int]
  /// Rows of users: for each item those that are counted, ascending.
  private let raters: [UInt32]

  /// The raters of all items: O(rated items), which are read twice.
  package init(
    of catalogue: ModelCatalogue, raterLimit: Int = Self.raterLimit,
    readLimit: Int = Self.readLimit
  ) {
    self.catalogue = catalogue
    let itemCount = catalogue.itemCount
    var counts = [UInt32](repeating: 0, count: itemCount)
    var reads = [Int](repeating: 0, count: itemCount)
    for user in 0..<catalogue.userCount {
      catalogue.withRatedItems(by: UserIndex(user)) { rows in
        for row in rows {
          counts[Int(row)] += 1
          reads[Int(row)] += rows.count
        }
      }
    }
    var most = Int(counts.max() ?? 0)
    while most > 1, counts.reduce(0, { $0 + min(Int($1), most) }) > raterLimit { most /= 2 }
    // Of the users of an item every so manieth is counted.
    let strides = zip(counts, reads).map { count, reads in
      let stride = max(Self.quotient(Int(count), most), Self.quotient(reads, readLimit))
      return UInt32(clamping: max(1, min(stride, Int(count))))
    }
    var offsets = [0]
    offsets.reserveCapacity(itemCount + 1)
    for (count, stride) in zip(counts, strides) {
      offsets.append(offsets[offsets.count - 1] + Self.quotient(Int(count), Int(stride)))
    }
    var raters = [UInt32](repeating: 0, count: offsets[itemCount])
    var seen = [UInt32](repeating: 0, count: itemCount)
    for user in 0..<catalogue.userCount {
      catalogue.withRatedItems(by: UserIndex(user)) { rows in
        for row in rows {
          let item = Int(row)
          let (place, rest) = seen[item].quotientAndRemainder(dividingBy: strides[item])
          seen[item] += 1
          if rest == 0 { raters[offsets[item] + Int(place)] = UInt32(user) }
        }
      }
    }
    (self.counts, self.offsets, self.raters) = (counts, offsets, raters)
  }

  /// Rounded up.
  private static func quotient(_ number: Int, _ divisor: Int) -> Int {
    (number + divisor - 1) / max(1, divisor)
  }

  /// The items that go together with `item` more often than by chance, in the order of their rows, with their
  /// similarities, `item` itself among them: O(items + what the users of the item have rated). Traps when there is no such item.
  package func similarItems(to item: ItemIndex) -> [ScoredItem] {
    let row = item.position
    let own = offsets[row]..<offsets[row + 1]
    guard !own.isEmpty else { return [] }
    var together = [UInt32](repeating: 0, count: counts.count)
    for rater in raters[own] {
      catalogue.withRatedItems(by: UserIndex(rater)) { rows in
        for other in rows { together[Int(other)] &+= 1 }
      }
    }
    let users = Double(catalogue.userCount)
    let ownCount = Double(counts[row])
    let scale = ownCount / Double(own.count)
    var items: [ScoredItem] = []
    for (other, count) in together.enumerated() where count > 0 {
      let (both, otherCount) = (Double(count) * scale, Double(counts[other]))
      let excess = both - ownCount * otherCount / users
      guard excess > 0 else { continue }
      let spread = (ownCount * (1 - ownCount / users) * otherCount * (1 - otherCount / users))
        .squareRoot()
      let similarity = both / (both + Self.shrinkage) * excess / spread
      if similarity.isFinite {
        items.append(ScoredItem(item: ItemIndex(other), score: Float(min(1, similarity))))
      }
    }
    return items
  }
}
