/// By what a model ranks items.
package enum Ranking: String, Sendable, CaseIterable {
  /// By the score.
  case score
  /// By how many ratings an item has; the score is the predicted rating all the same.
  case popularity
  /// By the score, which says how well an item suits a user and predicts no rating.
  case preference

  /// Whether the score is a predicted rating.
  package var predictsRatings: Bool { self != .preference }
}
