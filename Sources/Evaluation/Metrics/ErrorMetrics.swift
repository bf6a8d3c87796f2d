import ModelRegistry
import Recommenders

/// Errors of predicted ratings on held-out ratings.
///
/// Every held-out rating counts, including those of users and items unknown to the model, which it predicts from what
/// it knows (``ScoredModel/predict(for:item:)``). As in fastai, predictions are not clamped to the rating scale, so
/// that figures can be compared.
extension Metric {
  /// The metrics of predicted ratings, in the order shown in reports.
  static let errors = [mse, rmse, mae]

  /// Mean squared error.
  package static let mse = Metric("mse", better: .lower, ofErrors: { $0 * $0 })

  /// Root mean squared error, in the unit of the ratings.
  package static let rmse = Metric(
    "rmse", better: .lower, ofErrors: { $0 * $0 }, figure: { $0.squareRoot() })

  /// Mean absolute error.
  package static let mae = Metric("mae", better: .lower, ofErrors: { abs($0) })
}
