/// The additive terms of a predicted rating, in the unit used for training.
///
/// With an ``OutputRange``, its sigmoid is not additive: each term is then the change in the prediction when it is
/// added to the terms before it, in the order of the properties. Clamping to ``ScoredModel/ratingBounds`` is a term
/// of its own.
package struct ScoreTerms: Sendable, Equatable {
  /// The prediction for an average user and an average item.
  package let mean: Float
  /// The deviation of the user's ratings from others'.
  package let userBias: Float
  /// The deviation of the item's ratings from others'.
  package let itemBias: Float
  /// The interaction of the user's taste with the item.
  package let taste: Float
  /// The effect of clamping the prediction to the bounds of ratings; 0 if it lies within them.
  package let clipping: Float

  /// The prediction.
  package var sum: Float { mean + userBias + itemBias + taste + clipping }
}

/// The contribution of one of a user's ratings to a score.
package struct RatingShare: Sendable, Equatable {
  /// The row of the rated item.
  package let item: UInt32
  package let amount: Float
}
