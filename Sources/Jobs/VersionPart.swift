import Evaluation
import Learning
import ModelRegistry
import Recommenders
import Trainers

/// One of the models that a version is made of: the one that it is served from and, beside one that only
/// ranks, the one that predicts ratings.
struct VersionPart {
  /// What it is for once it is served.
  let role: ModelRole
  let trainer: any Trainer
  /// The figure that it is judged by unless another is asked for.
  let usualMetric: Metric
  /// The figure that was asked for by name, where that is one of this part.
  let askedMetric: Metric?

  var kind: String { type(of: trainer).name }

  /// The figure that it is judged by.
  var metric: Metric { askedMetric ?? usualMetric }

  /// The same with other options, by name.
  func with(_ options: [String: String]) throws(TrainingError) -> VersionPart {
    VersionPart(
      role: role, trainer: try trainer.with(options), usualMetric: usualMetric,
      askedMetric: askedMetric)
  }
}

extension VersionPart {
  /// The models that are to be learned from ratings whose values vary or do not, the one that the version is
  /// served from first; `metric` is the figure that was asked for by name.
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
