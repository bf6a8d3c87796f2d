import Errors
import Evaluation
import Interactions
import Learning
import Ratings
package import Trainers

/// The choice of the models to train.
package enum ModelChoice: Sendable {
  /// A named model, optionally with a predictor to be served beside one that ranks; the reason if it was
  /// chosen rather than named.
  case named(any Trainer, predictor: (any Trainer)? = nil, reason: String? = nil)
  /// The models that suit the ratings, with the given options, by name.
  case byData([String: String])

  /// Whether ratings must be read with their times; models chosen by the data do not need them.
  var needsTimes: Bool {
    guard case .named(let trainer, let predictor, _) = self else { return false }
    return trainer.needsTimes || predictor?.needsTimes ?? false
  }

  /// Returns the models to train on the ratings read, which are in `table`: see
  /// ``VersionPart/parts(main:predictor:valuesVary:by:)``. Reports which were chosen, if the data decide.
  ///
  /// Throws ``TrainingError`` `badOption` as ``ModelsByData/init(for:given:)`` does, and if `metric` can't be
  /// used to judge any of them.
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
        "\(metric.name) measures predicted ratings, and \(parts[0].kind) predicts none",
        place: "metric",
        remedy:
          "Use a ranking metric, such as \(Metric.ndcgAt10.name), or train a model beside it that "
          + "predicts ratings.")
    }
    if let reason = models.reason { report(.choseModels(parts.map(\.kind), reason: reason)) }
    return parts
  }

  /// Returns the trainers for the ratings read, the main one first, and why they were chosen; the reason is
  /// nil if they were named.
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
