package import Interactions
package import Recommenders

/// A model's answers for held-out ratings: its predictions and its recommendation lists. The model is queried once, and
/// evaluated from the answers on all ratings or on any subset.
package struct ModelAnswers: Sendable {
  /// The model's name in reports: its kind, or "in service".
  package let name: String
  /// The prediction for each held-out rating; nil if the model predicts none.
  package let predictions: [Float]?
  /// The recommendation lists; nil if there are no users to make them for.
  package let lists: RecommendedLists?
  private let metrics: [Metric]
  let heldOut: HeldOutRatings

  /// Queries `model` for what `metrics` need. Ratings are predicted by `predictor` instead, if there is one.
  /// O(held-out ratings x factors), plus the time to make the lists.
  package init(
    name: String, model: any ScoredModel, predictor: (any ScoredModel)? = nil,
    ratings: SplitRatings, metrics: [Metric] = Metric.all, threadCount: Int
  ) {
    self.name = name
    self.metrics = metrics
    heldOut = ratings.heldOut
    predictions =
      metrics.contains { $0.isOfPredictions }
      ? HeldOutPredictions.all(
        by: predictor ?? model, of: ratings.heldOut, threadCount: threadCount) : nil
    lists = metrics.compactMap(\.listLength).max().flatMap { length in
      RecommendedLists(
        by: Recommender(model: model), on: ratings, length: length, threadCount: threadCount)
    }
  }

  /// Returns the report on all held-out ratings, with the metrics for which `isAsked` is true.
  package func report(by isAsked: (Metric) -> Bool = { _ in true }) -> ModelReport {
    report(at: 0..<heldOut.count, by: isAsked)
  }

  /// Returns the report on a slice of the held-out ratings.
  package func report(
    on slice: Slice, by isAsked: (Metric) -> Bool = { _ in true }
  ) -> ModelReport {
    report(at: slice.positions, by: isAsked)
  }

  private func report(
    at positions: some Collection<Int>, by isAsked: (Metric) -> Bool
  ) -> ModelReport {
    let metrics = metrics.filter(isAsked)
    var sums = HeldOutPredictions.sums(of: metrics, predictions, on: heldOut, at: positions)
    var figures: [Metric: Double] = [:]
    if let lists = lists?.judged(on: heldOut, at: positions) {
      for metric in metrics {
        switch metric.basis {
        case .predictions, .samples: break
        case .lists(_, let figure): sums[metric] = UserSums(lists.lists.map(figure))
        case .catalogue(_, let figure): figures[metric] = figure(lists)
        }
      }
    }
    return ModelReport(name: name, sums: sums, figures: figures)
  }
}
