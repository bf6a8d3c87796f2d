/// What a model ranks items by.
package enum Ranking: String, Sendable, CaseIterable {
  /// The score, which is a predicted rating.
  case score
  /// The item's number of ratings; the score is still a predicted rating.
  case popularity
  /// The score, which is a preference and not a predicted rating.
  case preference

  /// Whether the score is a predicted rating.
  package var predictsRatings: Bool { self != .preference }
}
