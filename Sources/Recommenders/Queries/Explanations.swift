package import Ratings

/// The explanation of an item's rank for a user.
package struct Explanation: Sendable {
  package let user: UserID
  package let item: ItemID
  /// The item's title, if it has one.
  package let title: String?
  /// The predicted rating and its terms; nil for a version that only ranks.
  package let prediction: ExplainedPrediction?
  /// The score that ranks the item, if the ranking model does not predict ratings; otherwise nil.
  package let ranking: ExplainedRanking?
  /// The item's number of ratings in training, if lists are ranked by that; otherwise nil.
  package let ratingCount: Int?
  /// Whether the item had no ratings in training and is known only by its content.
  package let isCold: Bool
}

/// A predicted rating and its terms.
package struct ExplainedPrediction: Sendable {
  /// The kind of the model.
  package let kind: String
  package let rating: Float
  /// The interval expected to contain nine of ten such ratings; nil if the model does not know it.
  package let interval: ClosedRange<Float>?
  /// The transform applied to ratings before training; it determines the unit of the terms and shares.
  package let transform: ValueTransform
  /// The sum of the terms: the rating in that unit.
  package let transformed: Float
  package let terms: ScoreTerms
  /// The contributions of the user's ratings to the taste; nil if the values of the ratings are not available, or the
  /// model does not learn a taste.
  package let shares: ExplainedShares?
}

/// The score that ranks an item, and its explanation.
package struct ExplainedRanking: Sendable {
  /// The kind of the model.
  package let kind: String
  package let score: Float
  /// The contributions of the user's ratings to the score; nil if the values of the ratings are needed but not
  /// available.
  package let shares: ExplainedShares?
}

/// The contributions of a user's ratings.
package struct ExplainedShares: Sendable {
  /// The ratings with the largest contributions, by descending absolute value.
  package let largest: [ExplainedShare]
  /// The sum of the contributions of all ratings. For an item-item model this is the whole score. For a factor model
  /// it differs slightly from the taste: the factors were not learned by the least squares that contributions are
  /// based on, and include the prior.
  package let total: Float
}

/// The contribution of one of a user's ratings, with the item's id and title.
package struct ExplainedShare: Sendable {
  package let item: ItemID
  /// The item's title, if it has one.
  package let title: String?
  package let amount: Float
}
