/// A figure that models are judged by.
package enum Metric: String, Sendable, CaseIterable {
  /// Mean squared error of the predicted ratings.
  case mse
  /// Its square root.
  case rmse
  /// Mean absolute error of the predicted ratings.
  case mae
  /// How near the top held-out items are, among a user's best 10; see ``JudgedList/ndcg(at:)``.
  case ndcgAt10 = "ndcg@10"
  /// The share of held-out items among a user's best 20; see ``JudgedList/recall(at:)``.
  case recallAt20 = "recall@20"
  /// The share of users with a held-out item among their best 10.
  case hitRateAt10 = "hitRate@10"
  /// The share of the catalogue that is among the best 10 of some user.
  case coverageAt10 = "coverage@10"

  /// The name as the command line and records have it: `rmse`, `ndcg@10`.
  package var name: String { rawValue }

  /// Which of two figures is better.
  package enum Direction: String, Sendable {
    case lower
    case higher
  }

  /// Which figures are better, the lower or the higher ones.
  package var better: Direction {
    switch self {
    case .mse, .rmse, .mae: .lower
    case .ndcgAt10, .recallAt20, .hitRateAt10, .coverageAt10: .higher
    }
  }

  /// Whether `figure` is better than `other`. The same is not better, and what is not finite is worse
  /// than anything finite.
  package func isBetter(_ figure: Double, than other: Double) -> Bool {
    guard figure.isFinite, other.isFinite else { return figure.isFinite }
    return switch better {
    case .lower: figure < other
    case .higher: figure > other
    }
  }
}
