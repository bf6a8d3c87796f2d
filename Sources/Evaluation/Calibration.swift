import Interactions

/// The calibration of a model's predictions: held-out ratings in bins of equal size by predicted rating, with the mean
/// rating of each bin (a reliability diagram; Murphy, Winkler, "Reliability of Subjective Probability Forecasts of
/// Precipitation and Temperature", 1977, for means).
package struct Calibration: Sendable {
  /// Held-out ratings with similar predictions.
  package struct Bin: Sendable, Equatable {
    package let count: Int
    /// The mean predicted rating, and the mean actual rating.
    package let predicted: Double
    package let rated: Double
    /// The 95 % bootstrap interval of `rated`, resampling users; nil for a single user.
    package let interval: ClosedRange<Double>?
  }

  /// The bins, ascending by prediction.
  package let bins: [Bin]

  /// Computes the calibration of a rating predictor in up to `binCount` bins. Nil for any other model, for predictions
  /// that are not finite, and if nothing was held out. O(n log n).
  package init?(of answers: ModelAnswers, binCount: Int = 10, threadCount: Int) {
    guard let predictions = answers.predictions, predictions.allSatisfy({ $0.isFinite }) else {
      return nil
    }
    let heldOut = answers.heldOut
    let order = predictions.indices.sorted { (predictions[$0], $0) < (predictions[$1], $1) }
    let count = min(binCount, order.count)
    bins = (0..<count).map { number in
      let positions = order[order.count * number / count..<order.count * (number + 1) / count]
        .sorted()
      let rated = UserSums(at: positions, by: heldOut.ratings.users) {
        Double(heldOut.values[$0])
      }
      return Bin(
        count: positions.count,
        predicted: positions.reduce(0) { $0 + Double(predictions[$1]) } / Double(positions.count),
        rated: rated.mean,
        interval: Bootstrap.interval(of: rated, figure: { $0 }, threadCount: threadCount))
    }
    guard !bins.isEmpty else { return nil }
  }

  /// The expected calibration error: the absolute difference between mean prediction and mean rating of a bin, averaged
  /// over all ratings.
  package var meanError: Double {
    let sum = bins.reduce(0.0) { $0 + Double($1.count) * abs($1.predicted - $1.rated) }
    return sum / bins.reduce(0.0) { $0 + Double($1.count) }
  }
}
