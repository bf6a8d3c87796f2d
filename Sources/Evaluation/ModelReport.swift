package import Interactions
package import Recommenders

/// What one model is worth on held-out ratings.
package struct ModelReport: Sendable, Equatable {
  /// What the model is called in the report: its kind, or "in service".
  package let name: String
  /// nil when nothing was held out.
  package let errors: RatingErrors?
  /// nil when no user of the training part has held-out ratings.
  package let ranking: RankingQuality?

  /// Judges `model` on the held-out part of `ratings`. Two models judged on one `ratings` are judged
  /// alike, whatever their vocabularies.
  package init(name: String, model: any ScoredModel, ratings: SplitRatings, threadCount: Int) {
    self.name = name
    errors = RatingErrors(of: model, on: ratings.heldOut, threadCount: threadCount)
    ranking = RankingQuality(
      of: Recommender(model: model), on: ratings, threadCount: threadCount)
  }

  /// A report of figures that are known.
  package init(name: String, errors: RatingErrors?, ranking: RankingQuality?) {
    self.name = name
    self.errors = errors
    self.ranking = ranking
  }

  /// One figure; nil when it was not measured.
  package subscript(metric: Metric) -> Double? {
    switch metric {
    case .mse: errors?.mse
    case .rmse: errors?.rmse
    case .mae: errors?.mae
    case .ndcgAt10: ranking?.ndcgAt10
    case .recallAt20: ranking?.recallAt20
    case .hitRateAt10: ranking?.hitRateAt10
    case .coverageAt10: ranking?.coverageAt10
    }
  }

  /// All figures that were measured, by name, for the record of a run.
  package var figures: [String: Double] {
    var figures: [String: Double] = [:]
    for metric in Metric.allCases { figures[metric.name] = self[metric] }
    return figures
  }
}
