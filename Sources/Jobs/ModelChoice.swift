import Errors
import Evaluation
import Interactions
import Learning
import Ratings
package import Trainers

/// Which models a training is to learn.
package enum ModelChoice: Sendable {
  /// One, and perhaps a model of ratings to be served beside one that ranks; with why it was chosen,
  /// where its name was not given.
  case named(any Trainer, predictor: (any Trainer)? = nil, reason: String? = nil)
  /// What suits the ratings, with the options that were given, by name.
  case byData([String: String])

  /// Whether ratings are to be read with their times; what the data choose goes without.
  var needsTimes: Bool {
    guard case .named(let trainer, let predictor, _) = self else { return false }
    return trainer.needsTimes || predictor?.needsTimes ?? false
  }

  /// The models to be learned from what was read, of which `table` has the ratings: see
  /// ``VersionPart/parts(main:predictor:valuesVary:by:)``. Tells which were chosen, where the data decide.
  ///
  /// Throws ``TrainingError`` `badOption` as ``ModelsByData/init(for:given:)`` does, and for a `metric` that none
  /// of them can be judged by.
  func parts(
    for read: ReadRatings, _ table: InteractionTable, by metric: Metric?,
    report: (JobEvent) -> Void
  ) throws(TrainingError) -> [VersionPart] {
    let models = try trainers(
      for: read, users: table.userCount, items: table.itemCount, count: table.count)
    let parts = VersionPart.parts(
      main: models.main, predictor: models.predictor, valuesVary: read.summary.valuesVary,
      by: metric)
    if let metric, metric.isOfPredictions,
      !parts.contains(where: { type(of: $0.trainer).predictsRatings })
    {
      throw TrainingError(
        .badOption,
        "\(metric.name) is an error of predicted ratings, and \(parts[0].kind) predicts none",
        place: "metric",
        remedy:
          "Give a figure of lists, such as \(Metric.ndcgAt10.name), or learn a model beside it that "
          + "predicts.")
    }
    if let reason = models.reason { report(.choseModels(parts.map(\.kind), reason: reason)) }
    return parts
  }

  /// The trainers for what was read, the one that the version is served from first, and why they were
  /// chosen; nil where they were named.
  ///
  /// Throws ``TrainingError`` `badOption` as ``ModelsByData/init(for:given:)`` does.
  private func trainers(
    for read: ReadRatings, users: Int, items: Int, count: Int
  ) throws(TrainingError) -> (main: any Trainer, predictor: (any Trainer)?, reason: String?) {
    switch self {
    case .named(let trainer, let predictor, let reason): return (trainer, predictor, reason)
    case .byData(let given):
      let ratings = ModelsByData.Ratings(
        users: users, items: items, count: count,
        areOpinions: read.feedback != .implicit && read.summary.valuesVary,
        memoryLimit: Double(MemoryLimit.ofThisProcess().byteCount))
      let models = try ModelsByData(for: ratings, given: given)
      return (models.ranking, models.predicting, models.reason)
    }
  }
}
