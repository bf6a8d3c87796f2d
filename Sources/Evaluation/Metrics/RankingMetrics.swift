import Foundation
import ModelRegistry
package import Ratings

/// How well a model's lists of recommended items find held-out items; see ``JudgedLists``.
extension Metric {
  /// The metrics of recommended items, in the order in which reports show them.
  static let ranking = [ndcgAt10, mapAt10, recallAt20, hitRateAt10, coverageAt10]

  /// Those that are left to a closer look at a model.
  static let further = [precisionAt10, mrrAt10, noveltyAt10, popularityAt10]

  /// How near the top held-out items are, among a user's best 10; see ``JudgedList/ndcg(at:)``.
  package static let ndcgAt10 = Metric("ndcg@10", better: .higher, ofLists: 10) {
    $0.ndcg(at: 10)
  }

  /// The mean of ``JudgedList/averagePrecision(at:)`` at 10.
  package static let mapAt10 = Metric("map@10", better: .higher, ofLists: 10) {
    $0.averagePrecision(at: 10)
  }

  /// The fraction of held-out items that are among a user's best 20; see ``JudgedList/recall(at:)``.
  package static let recallAt20 = Metric("recall@20", better: .higher, ofLists: 20) {
    $0.recall(at: 20)
  }

  /// The fraction of users with a held-out item among their best 10.
  package static let hitRateAt10 = Metric("hitRate@10", better: .higher, ofLists: 10) {
    $0.isHit(at: 10) ? 1 : 0
  }

  /// The fraction of a user's best 10 that were held out.
  package static let precisionAt10 = Metric("precision@10", better: .higher, ofLists: 10) {
    Double($0.hits.prefix(10).count { $0 }) / 10
  }

  /// The mean of 1 / the place of the first held-out item, 0 where there is none among a user's best 10.
  package static let mrrAt10 = Metric("mrr@10", better: .higher, ofLists: 10) {
    $0.hits.prefix(10).firstIndex(of: true).map { 1 / Double($0 + 1) } ?? 0
  }

  /// How little known a user's best 10 are: the mean of -log2 of the fraction of users who rated an item,
  /// one at least (Zhou et al., "Solving the apparent diversity-accuracy dilemma of recommender systems",
  /// 2010).
  package static let noveltyAt10 = Metric("novelty@10", better: .higher, ofLists: 10) {
    $0.mean(of: 10) { -log2($0) }
  }

  /// How popular a user's best 10 are: the mean fraction of users who rated an item (Yin et al.,
  /// "Challenging the Long Tail Recommendation", 2012).
  package static let popularityAt10 = Metric("popularity@10", better: .lower, ofLists: 10) {
    $0.mean(of: 10) { $0 }
  }

  /// The fraction of the model's items that are among the best 10 of at least one user.
  package static let coverageAt10 = Metric("coverage@10", better: .higher, ofAllLists: 10) {
    lists in
    var isCovered = [Bool](repeating: false, count: lists.itemCount)
    for list in lists.lists {
      for item in list.items.prefix(10) { isCovered[item.position] = true }
    }
    return isCovered.isEmpty ? 0 : Double(isCovered.count { $0 }) / Double(isCovered.count)
  }
}

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
