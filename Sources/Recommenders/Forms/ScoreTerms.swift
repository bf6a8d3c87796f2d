/// What a predicted rating is made of, in the unit of ratings: the terms add up to it.
///
/// Where predictions go through an ``OutputRange`` its sigmoid is not the sum of its terms' own: each term is
/// then what it changes in the prediction when the terms before it stand, in the order of the properties. What predictions are
/// brought within, ``ScoredModel/ratingBounds``, is a term of its own.
package struct ScoreTerms: Sendable, Equatable {
  /// What is expected of an average user for an average item.
  package let mean: Float
  /// How much more or less the user gives than others.
  package let userBias: Float
  /// How much more or less the item is given than others.
  package let itemBias: Float
  /// What the user's taste says of the item.
  package let taste: Float
  /// What brings the prediction within the bounds of ratings; 0 where it lies within them.
  package let clipping: Float

  /// The prediction.
  package var sum: Float { mean + userBias + itemBias + taste + clipping }
}

/// How much one of a user's ratings adds to a score.
package struct RatingShare: Sendable, Equatable {
  /// The row of the item that was rated.
  package let item: UInt32
  package let amount: Float
}
