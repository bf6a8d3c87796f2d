import Ratings

/// The conversion of a model's scores to ratings. Code that converts many scores gets this once from the model
/// (``ScoredModel/scoreReading``), as asking the model for each would copy its header each time.
package struct ScoreReading: Sendable {
  let predictsRatings: Bool
  let outputRange: OutputRange?
  /// The bounds of ratings, in the unit used for training; nil if unknown.
  let bounds: ClosedRange<Float>?
  let transform: ValueTransform

  /// Returns the score mapped into the output range, if there is one.
  func unboundedPrediction(_ score: Float) -> Float { outputRange?.sigmoid(score) ?? score }

  /// Returns the score mapped into the output range and clamped to the bounds of ratings.
  func prediction(_ score: Float) -> Float {
    let prediction = unboundedPrediction(score)
    // Values from a damaged file are passed through.
    guard let bounds, prediction.isFinite else { return prediction }
    return min(max(prediction, bounds.lowerBound), bounds.upperBound)
  }

  /// Returns the predicted rating for the score, in the unit of the ratings. For a model of logarithms this is the
  /// median of such ratings. Returns the score itself if the model does not predict ratings.
  func rating(_ score: Float) -> Float {
    predictsRatings ? transform.inverse(prediction(score)) : score
  }
}
