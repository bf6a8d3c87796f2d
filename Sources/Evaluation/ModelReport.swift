package import Interactions
package import Recommenders

/// What one model is worth on held-out ratings.
package struct ModelReport: Sendable, Equatable {
  /// What the model is called in the report: its kind, or "in service".
  package let name: String
  private let figures: [Metric: Double]
  /// What the figures are means of, of those that are.
  let sums: [Metric: UserSums]

  /// Judges `model` by `metrics` on the held-out part of `ratings`, and for errors the `predictor` beside it,
  /// where there is one. Two models judged on one `ratings`
  /// are judged alike, whatever their vocabularies.
  package init(
    name: String, model: any ScoredModel, predictor: (any ScoredModel)? = nil,
    ratings: SplitRatings, metrics: [Metric] = Metric.all, threadCount: Int
  ) {
    self = ModelAnswers(
      name: name, model: model, predictor: predictor, ratings: ratings, metrics: metrics,
      threadCount: threadCount
    ).report()
  }

  /// A report of sums that are known, and of `figures` that no user has a part in.
  package init(name: String, sums: [Metric: UserSums], figures: [Metric: Double] = [:]) {
    self.name = name
    self.sums = sums
    self.figures = figures.merging(sums.map { ($0, $0.figure(ofMean: $1.mean)) }) { $1 }
  }

  /// One figure; nil when it was not measured.
  package subscript(metric: Metric) -> Double? { figures[metric] }

  /// How many users a figure is of; of one in which no user has a part that can be told, how many others are.
  func userCount(of metric: Metric) -> Int {
    (sums[metric] ?? sums.values.max { $0.sums.count < $1.sums.count })?.sums.count ?? 0
  }
}
