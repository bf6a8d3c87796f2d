import Foundation
import ModelRegistry
import Ratings

/// How well a model's recommendation lists find held-out items; see ``JudgedLists``.
extension Metric {
  /// The metrics of recommended items, in the order shown in reports.
  static let ranking = [ndcgAt10, mapAt10, recallAt20, hitRateAt10, coverageAt10]

  /// The metrics shown only for a closer look at a model.
  static let further = [precisionAt10, mrrAt10, noveltyAt10, popularityAt10]

  /// How near the top of a user's best 10 the held-out items are; see ``JudgedList/ndcg(at:)``.
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

  /// The mean reciprocal rank of the first held-out item among a user's best 10; 0 if there is none.
  package static let mrrAt10 = Metric("mrr@10", better: .higher, ofLists: 10) {
    $0.hits.prefix(10).firstIndex(of: true).map { 1 / Double($0 + 1) } ?? 0
  }

  /// How obscure a user's best 10 are: the mean of -log2 of the fraction of users who rated an item, counting at least
  /// one user (Zhou et al., "Solving the apparent diversity-accuracy dilemma of recommender systems", 2010).
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
