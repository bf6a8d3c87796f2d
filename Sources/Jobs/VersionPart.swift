import Evaluation
import Learning
import ModelRegistry
import Recommenders
import Trainers

/// One of a version's models: the main one and, beside one that only ranks, the predictor of ratings.
struct VersionPart {
  /// Its role when served.
  let role: ModelRole
  let trainer: any Trainer
  /// The default metric by which it is judged.
  let usualMetric: Metric
  /// The requested metric, if it applies to this part.
  let askedMetric: Metric?

  var kind: String { type(of: trainer).name }

  /// The metric that it is judged by.
  var metric: Metric { askedMetric ?? usualMetric }

  /// Returns the part with other options, by name.
  func with(_ options: [String: String]) throws(TrainingError) -> VersionPart {
    VersionPart(
      role: role, trainer: try trainer.with(options), usualMetric: usualMetric,
      askedMetric: askedMetric)
  }
}

extension VersionPart {
  /// Returns the models to train on ratings whose values vary or not, the main one first; `metric` is the
  /// requested metric.
  static func parts(
    main trainer: any Trainer, predictor: (any Trainer)?, valuesVary: Bool, by metric: Metric?
  ) -> [VersionPart] {
    let ranks = type(of: trainer).capabilities.contains(.ranks)
    guard let predictor else {
      return [
        VersionPart(
          role: .main, trainer: trainer, usualMetric: .usual(ranks: ranks, valuesVary: valuesVary),
          askedMetric: metric)
      ]
    }
    let isOfPredictions = metric?.isOfPredictions ?? false
    return [
      VersionPart(
        role: .main, trainer: trainer, usualMetric: .ndcgAt10,
        askedMetric: isOfPredictions ? nil : metric),
      VersionPart(
        role: .predictor, trainer: predictor, usualMetric: .rmse,
        askedMetric: isOfPredictions ? metric : nil),
    ]
  }
}
