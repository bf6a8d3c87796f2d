import Foundation
package import Ratings

/// A user's list of recommended items, best first, compared with the user's held-out items. All held-out items count as
/// relevant, whatever their value.
package struct JudgedList: Sendable {
  /// The recommended items.
  package let items: [ItemIndex]
  /// For each rank of the list, whether its item was held out.
  package let hits: [Bool]
  /// The number of the user's held-out items, whether or not the model knows them.
  package let heldOutCount: Int
  /// For each rank of the list, the fraction of all users who rated its item, counting at least one user.
  package let popularity: [Double]

  /// Creates the list `items` of a user with `heldOutCount` held-out items, of which the model knows `heldOut`. Traps
  /// unless at least one item was held out.
  package init(
    items: [ItemIndex], heldOut: Set<ItemIndex>, heldOutCount: Int, popularity: [Double]
  ) {
    precondition(heldOutCount > 0 && popularity.count == items.count)
    self.items = items
    hits = items.map(heldOut.contains)
    self.heldOutCount = heldOutCount
    self.popularity = popularity
  }

  /// Returns the mean of `figure` over the popularity of the first `count` items; 0 for an empty list.
  func mean(of count: Int, _ figure: (Double) -> Double) -> Double {
    let figures = popularity.prefix(count).map(figure)
    return figures.isEmpty ? 0 : figures.reduce(0, +) / Double(figures.count)
  }

  /// Returns the normalised discounted cumulative gain at rank `count`: the sum of 1 / log2(r + 1) over hits at rank r,
  /// from 1, divided by its maximum, with hits at the first min(count, held-out items) ranks (Järvelin, Kekäläinen,
  /// "Cumulated Gain-Based Evaluation of IR Techniques", 2002, with gains 0 and 1).
  package func ndcg(at count: Int) -> Double {
    Self.ndcg(of: hits, heldOut: heldOutCount, at: count)
  }

  /// Returns ``ndcg(at:)`` for the given `hits` and number of held-out items.
  package static func ndcg(of hits: [Bool], heldOut heldOutCount: Int, at count: Int) -> Double {
    func gain(_ place: Int) -> Double { 1 / log2(Double(place) + 2) }
    let ideal = (0..<min(count, heldOutCount)).reduce(0) { $0 + gain($1) }
    guard ideal > 0 else { return 0 }
    return hits.prefix(count).enumerated().reduce(0) { $0 + ($1.element ? gain($1.offset) : 0) }
      / ideal
  }

  /// Returns the average precision at rank `count`: the sum of the precision at each hit, divided by
  /// min(count, held-out items), so that a perfect list scores 1.
  package func averagePrecision(at count: Int) -> Double {
    let most = min(count, heldOutCount)
    var (found, sum) = (0, 0.0)
    for (place, isHit) in hits.prefix(count).enumerated() where isHit {
      found += 1
      sum += Double(found) / Double(place + 1)
    }
    return most == 0 ? 0 : sum / Double(most)
  }

  /// Returns the recall at rank `count`: the number of hits divided by min(count, held-out items), so that a perfect
  /// list scores 1.
  package func recall(at count: Int) -> Double {
    let most = min(count, heldOutCount)
    return most == 0 ? 0 : Double(hits.prefix(count).count { $0 }) / Double(most)
  }

  /// Whether there is a hit among the first `count` items.
  package func isHit(at count: Int) -> Bool { hits.prefix(count).contains(true) }
}
