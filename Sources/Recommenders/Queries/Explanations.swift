package import Ratings

/// Why an item stands where it does for a user.
package struct Explanation: Sendable {
  package let user: UserID
  package let item: ItemID
  /// The item's title, if it has one.
  package let title: String?
  /// The predicted rating, and what it is made of; nil of a version that only ranks.
  package let prediction: ExplainedPrediction?
  /// What the item is ranked by, where a model ranks that predicts no ratings; else nil.
  package let ranking: ExplainedRanking?
  /// How many ratings the item had in training, where lists are ranked by that; else nil.
  package let ratingCount: Int?
  /// Whether the item had no ratings in training, and what the model says of it is by its content alone.
  package let isCold: Bool
}

/// A predicted rating and what it is made of.
package struct ExplainedPrediction: Sendable {
  /// The kind of the model.
  package let kind: String
  package let rating: Float
  /// Between which ratings nine of ten such ratings lie; nil where the model does not know.
  package let interval: ClosedRange<Float>?
  /// What ratings were taken to before the model learned of them: the unit of the terms and the shares.
  package let transform: ValueTransform
  /// What the terms add up to: the rating in that unit.
  package let transformed: Float
  package let terms: ScoreTerms
  /// What the user's ratings add to the taste; nil where the values of the user's ratings are not at hand, or the model learns
  /// no taste.
  package let shares: ExplainedShares?
}

/// What an item is ranked by and what that is made of.
package struct ExplainedRanking: Sendable {
  /// The kind of the model.
  package let kind: String
  package let score: Float
  /// What the user's ratings add to the score; nil where the values of the user's ratings are needed and not at hand.
  package let shares: ExplainedShares?
}

/// What a user's ratings add.
package struct ExplainedShares: Sendable {
  /// The ratings that move it most, first those that move it the furthest.
  package let largest: [ExplainedShare]
  /// What all of the ratings add: the whole score of weights between items, and not quite the taste of factors, which were learned otherwise
  /// than by the least squares that the shares are by, and hold what is expected of anybody besides.
  package let total: Float
}

/// How much one of a user's ratings adds, as people know it.
package struct ExplainedShare: Sendable {
  package let item: ItemID
  /// The item's title, if it has one.
  package let title: String?
  package let amount: Float
}
