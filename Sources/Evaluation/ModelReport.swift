package import Interactions
package import Recommenders

/// The figures of one model on held-out ratings.
package struct ModelReport: Sendable, Equatable {
  /// The model's name in the report: its kind, or "in service".
  package let name: String
  private let figures: [Metric: Double]
  /// The per-user sums of the figures that are means.
  let sums: [Metric: UserSums]

  /// Evaluates `model` by `metrics` on the held-out part of `ratings`. Errors are those of `predictor`, if there is
  /// one. Models evaluated on the same `ratings` are comparable, whatever their vocabularies.
  package init(
    name: String, model: any ScoredModel, predictor: (any ScoredModel)? = nil,
    ratings: SplitRatings, metrics: [Metric] = Metric.all, threadCount: Int
  ) {
    self = ModelAnswers(
      name: name, model: model, predictor: predictor, ratings: ratings, metrics: metrics,
      threadCount: threadCount
    ).report()
  }

  /// Creates a report from known sums, and from `figures` that cannot be attributed to users.
  package init(name: String, sums: [Metric: UserSums], figures: [Metric: Double] = [:]) {
    self.name = name
    self.sums = sums
    self.figures = figures.merging(sums.map { ($0, $0.figure(ofMean: $1.mean)) }) { $1 }
  }

  /// The figure of a metric; nil if it was not measured.
  package subscript(metric: Metric) -> Double? { figures[metric] }

  /// Returns the number of users behind a figure. For a figure that cannot be attributed to users, returns the largest
  /// number behind any other.
  func userCount(of metric: Metric) -> Int {
    (sums[metric] ?? sums.values.max { $0.sums.count < $1.sums.count })?.sums.count ?? 0
  }
}
