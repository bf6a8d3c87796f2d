import ModelRegistry
import Recommenders

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
