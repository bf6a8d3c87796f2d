package import Ratings

/// An inverted index from items to the users who rated them, so that co-ratings of an item are counted without
/// reading all users.
///
/// For items i and j rated by n(i) and n(j) of N users, c of these having rated both, the similarity is the
/// correlation of who has rated them (the phi coefficient), shrunk towards 0 if few users have rated both (as Koren,
/// "Factorization Meets the Neighborhood", 2008, eq. 2, shrinks correlations of ratings):
///
///     similarity(i, j) = c / (c + 50) (c - n(i) n(j) / N) / sqrt(n(i) (1 - n(i) / N) n(j) (1 - n(j) / N))
///
/// It is exact as long as the lists of all items have at most ``raterLimit`` users in total and the users of an item
/// have rated at most ``readLimit`` items. Beyond that, c is estimated from an evenly spaced sample of the item's
/// users. Both limits bound the memory and the time of a lookup.
package struct CoRatings: Sendable {
  /// The maximum number of users in all lists: 256 MiB.
  package static let raterLimit = 1 << 26
  /// The approximate maximum number of rated items that a lookup reads: a few milliseconds.
  package static let readLimit = 1 << 22
  /// The number of users who must have rated both items for half of the correlation to count.
  private static let shrinkage = 50.0

  private let catalogue: ModelCatalogue
  /// The number of users who have rated each item.
  private let counts: [UInt32]
  /// The start of each item's users, plus the total.
  private let offsets: [Int]
  /// The rows of the users that are counted for each item, ascending.
  private let raters: [UInt32]

  /// Builds the index: O(rated items), which are read twice.
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
    // Of an item's users, every stride-th is counted.
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

  /// Returns the quotient, rounded up.
  private static func quotient(_ number: Int, _ divisor: Int) -> Int {
    (number + divisor - 1) / max(1, divisor)
  }

  /// Returns the items rated together with `item` more often than by chance, by ascending row, with their
  /// similarities and including `item` itself: O(items + rated items of the item's users). Traps if there is no such
  /// item.
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
