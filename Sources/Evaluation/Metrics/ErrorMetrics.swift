import Interactions
import ModelRegistry
import Ratings
import Recommenders
import TensorCore

/// How far predicted ratings are from held-out ones.
///
/// Every held-out rating counts, including those by users and of items that the model does not know:
/// for them it predicts with what it knows (``ScoredModel/predict(for:item:)``). As in fastai,
/// predictions are not clamped to the scale of the ratings, so that figures can be compared.
extension Metric {
  /// The metrics of predicted ratings, in the order in which reports show them.
  static let errors = [mse, rmse, mae]

  /// Mean squared error.
  package static let mse = Metric(
    "mse", better: .lower, ofPredictions: { $0.sum { $0 * $0 } })

  /// Root mean squared error, in the unit of the ratings.
  package static let rmse = Metric(
    "rmse", better: .lower, ofPredictions: { $0.sum { $0 * $0 } }, figure: { $0.squareRoot() })

  /// Mean absolute error.
  package static let mae = Metric(
    "mae", better: .lower, ofPredictions: { $0.sum { abs($0) } })
}

/// Some held-out ratings beside what a model predicts for them.
package struct PredictedRatings: Sendable {
  /// The predictions.
  package let predicted: [Float]
  /// The ratings, in the same order.
  package let actual: ArraySlice<Float>

  /// The sum of `term` over the errors, prediction less rating.
  package func sum(_ term: (_ error: Double) -> Double) -> Double {
    var sum = 0.0
    for (prediction, rating) in zip(predicted, actual) {
      sum += term(Double(prediction) - Double(rating))
    }
    return sum
  }

  private static let ratingsPerChunk = 16_384

  /// The figures of those of `metrics` that are made of predictions, each nil for others, when
  /// nothing was held out, and of a model that predicts no ratings. O(ratings x factors); the same to the bit whatever `threadCount` is.
  static func figures(
    of metrics: [Metric], for model: any ScoredModel, on heldOut: HeldOutRatings, threadCount: Int
  ) -> [Metric: Double] {
    var terms: [(metric: Metric, sum: @Sendable (Self) -> Double, figure: (Double) -> Double)] = []
    for metric in metrics {
      guard case .predictions(let term, let figure) = metric.basis else { continue }
      terms.append((metric, term, figure))
    }
    guard heldOut.count > 0, !terms.isEmpty, model.predictsRatings else { return [:] }
    let ratings = heldOut.ratings
    let rows = ModelRows(of: ratings, in: model)
    let sums = ComputeContext(threadCount: threadCount).mapChunks(
      of: ratings.count, size: ratingsPerChunk
    ) { [sums = terms.map(\.sum)] chunk in
      var user = model.user(at: nil)
      let predicted = chunk.map { position in
        // Ratings are sorted by user.
        let row = ratings.users[position]
        if position == chunk.lowerBound || row != ratings.users[position - 1] {
          user = model.user(at: rows.users[Int(row)])
        }
        return model.predict(for: user, item: rows.items[Int(ratings.items[position])])
      }
      let chunk = PredictedRatings(predicted: predicted, actual: ratings.values[chunk])
      return sums.map { $0(chunk) }
    }
    var figures: [Metric: Double] = [:]
    for (position, term) in terms.enumerated() {
      let sum = sums.reduce(0) { $0 + $1[position] }
      figures[term.metric] = term.figure(sum / Double(ratings.count))
    }
    return figures
  }
}
