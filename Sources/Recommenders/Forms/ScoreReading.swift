import Ratings

/// How the scores of a model are read as ratings. Whoever reads many takes it from the model once (``ScoredModel/scoreReading``): to ask the
/// model for each would copy what its file says of it each time.
package struct ScoreReading: Sendable {
  let predictsRatings: Bool
  let outputRange: OutputRange?
  /// Within which ratings lie, in the unit in which the model learned; nil where that is not known.
  let bounds: ClosedRange<Float>?
  let transform: ValueTransform

  /// The score mapped into the output range, where there is one.
  func unboundedPrediction(_ score: Float) -> Float { outputRange?.sigmoid(score) ?? score }

  /// The same within the bounds of ratings.
  func prediction(_ score: Float) -> Float {
    let prediction = unboundedPrediction(score)
    // What a damaged file says stays what it is.
    guard let bounds, prediction.isFinite else { return prediction }
    return min(max(prediction, bounds.lowerBound), bounds.upperBound)
  }

  /// The predicted rating, in the unit of the ratings, that the score stands for: of a model of logarithms the
  /// median of such ratings. The score itself in a model that predicts none.
  func rating(_ score: Float) -> Float {
    predictsRatings ? transform.inverse(prediction(score)) : score
  }
}
