import Interactions

/// Whether what a model predicts is right in the mean: the held-out ratings in equal parts by the predicted
/// rating, and what was rated in each (a reliability diagram; Murphy, Winkler, "Reliability of Subjective
/// Probability Forecasts of Precipitation and Temperature", 1977, for means).
package struct Calibration: Sendable {
  /// The held-out ratings of which about the same was predicted.
  package struct Bin: Sendable, Equatable {
    package let count: Int
    /// The mean of what was predicted, and of what was rated.
    package let predicted: Double
    package let rated: Double
    /// Where the second is with a probability of 95 %, by drawing users anew; nil of one user.
    package let interval: ClosedRange<Double>?
  }

  /// By what was predicted, ascending.
  package let bins: [Bin]

  /// The calibration of a model that predicts ratings, in up to `binCount` parts; nil of any other, and
  /// when nothing was held out. O(n log n).
  package init?(of answers: ModelAnswers, binCount: Int = 10, threadCount: Int) {
    guard let predictions = answers.predictions, predictions.allSatisfy(\.isFinite) else {
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

  /// How far the parts are off: the mean, over all ratings, of the distance of what was predicted and rated in
  /// their part (the expected calibration error).
  package var meanError: Double {
    let sum = bins.reduce(0.0) { $0 + Double($1.count) * abs($1.predicted - $1.rated) }
    return sum / bins.reduce(0.0) { $0 + Double($1.count) }
  }
}
