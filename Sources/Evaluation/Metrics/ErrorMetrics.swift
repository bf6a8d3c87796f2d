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
  package static let mse = Metric("mse", better: .lower, ofErrors: { $0 * $0 })

  /// Root mean squared error, in the unit of the ratings.
  package static let rmse = Metric(
    "rmse", better: .lower, ofErrors: { $0 * $0 }, figure: { $0.squareRoot() })

  /// Mean absolute error.
  package static let mae = Metric("mae", better: .lower, ofErrors: { abs($0) })
}

/// The errors of what a model predicts for held-out ratings.
enum PredictionErrors {
  private static let usersPerChunk = 256

  /// For each of those of `metrics` that are made of errors the sums of their terms by user, in the
  /// order of the held-out ratings' users; none when nothing was held out, and of a model that predicts no
  /// ratings. O(ratings x factors).
  static func sums(
    of metrics: [Metric], for model: any ScoredModel, on heldOut: HeldOutRatings, threadCount: Int
  ) -> [Metric: UserSums] {
    var terms: [(metric: Metric, term: @Sendable (Double) -> Double)] = []
    for metric in metrics {
      guard case .predictions(let term, _) = metric.basis else { continue }
      terms.append((metric, term))
    }
    guard heldOut.count > 0, !terms.isEmpty, model.predictsRatings else { return [:] }
    let ratings = heldOut.ratings
    let rows = ModelRows(of: ratings, in: model)
    let chunks = ComputeContext(threadCount: threadCount).mapChunks(
      of: ratings.userCount, size: usersPerChunk
    ) { [terms] users in
      var sums = [[Double]](repeating: [], count: terms.count)
      var counts: [Double] = []
      for row in users {
        let positions = ratings.positions(of: UserIndex(row))
        let user = model.user(at: rows.users[row])
        let errors = positions.map { position in
          Double(model.predict(for: user, item: rows.items[Int(ratings.items[position])]))
            - Double(ratings.values[position])
        }
        for (number, term) in terms.enumerated() {
          sums[number].append(errors.reduce(0) { $0 + term.term($1) })
        }
        counts.append(Double(errors.count))
      }
      return (sums: sums, counts: counts)
    }
    let counts = chunks.flatMap(\.counts)
    return Dictionary(
      uniqueKeysWithValues: terms.enumerated().map { number, term in
        (term.metric, UserSums(sums: chunks.flatMap { $0.sums[number] }, counts: counts))
      })
  }
}
