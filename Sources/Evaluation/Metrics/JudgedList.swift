import Foundation
package import Ratings

/// A user's list of recommended items, best first, compared with their held-out items. All of those
/// count as relevant, whatever their value.
package struct JudgedList: Sendable {
  /// The recommended items.
  package let items: [ItemIndex]
  /// For each place of the list whether its item was held out.
  package let hits: [Bool]
  /// How many items of the user were held out, whether the model knows them or not.
  package let heldOutCount: Int
  /// For each place of the list the fraction of all users who rated its item, one user at least.
  package let popularity: [Double]

  /// The list `items` of a user of whose `heldOutCount` held-out items the model knows `heldOut`.
  /// Traps unless at least one item was held out.
  package init(
    items: [ItemIndex], heldOut: Set<ItemIndex>, heldOutCount: Int, popularity: [Double]
  ) {
    precondition(heldOutCount > 0 && popularity.count == items.count)
    self.items = items
    hits = items.map(heldOut.contains)
    self.heldOutCount = heldOutCount
    self.popularity = popularity
  }

  /// The mean of `figure` of the popularity of the first `count` items; 0 of an empty list.
  func mean(of count: Int, _ figure: (Double) -> Double) -> Double {
    let figures = popularity.prefix(count).map(figure)
    return figures.isEmpty ? 0 : figures.reduce(0, +) / Double(figures.count)
  }

  /// Normalised discounted cumulative gain of the first `count` places: the sum over hits at place
  /// r, from 1, of 1 / log2(r + 1), over the greatest it can be, with hits in the first
  /// min(count, held-out items) places (Järvelin, Kekäläinen, "Cumulated Gain-Based Evaluation of IR
  /// Techniques", 2002, with gains 0 and 1).
  package func ndcg(at count: Int) -> Double {
    Self.ndcg(of: hits, heldOut: heldOutCount, at: count)
  }

  /// ``ndcg(at:)`` of a list that has `hits` and misses, of a user with so many held-out items.
  package static func ndcg(of hits: [Bool], heldOut heldOutCount: Int, at count: Int) -> Double {
    func gain(_ place: Int) -> Double { 1 / log2(Double(place) + 2) }
    let ideal = (0..<min(count, heldOutCount)).reduce(0) { $0 + gain($1) }
    guard ideal > 0 else { return 0 }
    return hits.prefix(count).enumerated().reduce(0) { $0 + ($1.element ? gain($1.offset) : 0) }
      / ideal
  }

  /// The sum over hits among the first `count` places of the precision up to each, over
  /// min(count, held-out items), so that a perfect list has 1.
  package func averagePrecision(at count: Int) -> Double {
    let most = min(count, heldOutCount)
    var (found, sum) = (0, 0.0)
    for (place, isHit) in hits.prefix(count).enumerated() where isHit {
      found += 1
      sum += Double(found) / Double(place + 1)
    }
    return most == 0 ? 0 : sum / Double(most)
  }

  /// Hits among the first `count` places over min(count, held-out items), so that a perfect list
  /// has 1.
  package func recall(at count: Int) -> Double {
    let most = min(count, heldOutCount)
    return most == 0 ? 0 : Double(hits.prefix(count).count { $0 }) / Double(most)
  }

  /// Whether there is a hit among the first `count` places.
  package func isHit(at count: Int) -> Bool { hits.prefix(count).contains(true) }
}
