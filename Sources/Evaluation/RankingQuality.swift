package import Interactions
import Ratings
package import Recommenders

/// How well a model's lists find held-out items, over its full catalogue.
///
/// Judged are the users of the training part who have held-out ratings; the figures are means over
/// them. A list leaves out the items of the user's training part, for every model alike. A user
/// whom the model does not know gets what such a user would get: the popular items. Held-out items
/// that the model does not know count as missed.
package struct RankingQuality: Sendable, Equatable {
  /// The number of users judged.
  package let userCount: Int
  /// The mean of ``JudgedList/ndcg(at:)`` at 10.
  package let ndcgAt10: Double
  /// The mean of ``JudgedList/recall(at:)`` at 20: over min(20, held-out items).
  package let recallAt20: Double
  /// The share of users with a held-out item among their best 10.
  package let hitRateAt10: Double
  /// The share of the model's items that are among the best 10 of some user judged.
  package let coverageAt10: Double

  /// Figures that are known.
  package init(
    userCount: Int, ndcgAt10: Double, recallAt20: Double, hitRateAt10: Double, coverageAt10: Double
  ) {
    self.userCount = userCount
    self.ndcgAt10 = ndcgAt10
    self.recallAt20 = recallAt20
    self.hitRateAt10 = hitRateAt10
    self.coverageAt10 = coverageAt10
  }

  private static let listLength = 20
  private static let coveredLength = 10

  /// Judges the lists that `recommender` makes, whose users and items it is asked for by id. Nil
  /// when there is nobody to judge. The same to the bit whatever `threadCount` is.
  package init?(of recommender: Recommender, on ratings: SplitRatings, threadCount: Int) {
    let judged = JudgedUsers(ratings, model: recommender.model)
    guard !judged.users.isEmpty else { return nil }
    let lists = judged.lists(
      by: recommender, length: Self.listLength, threadCount: threadCount)
    var (ndcg, recall, hits) = (0.0, 0.0, 0)
    var isCovered = [Bool](repeating: false, count: recommender.model.itemCount)
    for (user, list) in zip(judged.users, lists) {
      let result = JudgedList(
        hits: list.map { user.heldOutItems.contains($0) }, heldOutCount: user.heldOutCount)
      ndcg += result.ndcg(at: 10)
      recall += result.recall(at: 20)
      hits += result.isHit(at: 10) ? 1 : 0
      for item in list.prefix(Self.coveredLength) { isCovered[item.position] = true }
    }
    userCount = judged.users.count
    ndcgAt10 = ndcg / Double(userCount)
    recallAt20 = recall / Double(userCount)
    hitRateAt10 = Double(hits) / Double(userCount)
    coverageAt10 =
      isCovered.isEmpty ? 0 : Double(isCovered.count { $0 }) / Double(isCovered.count)
  }
}
