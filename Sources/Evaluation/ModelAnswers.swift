package import Interactions
package import Recommenders

/// What a model says of held-out ratings: the ratings that it predicts, and the lists that it makes. It is
/// asked once, and judged by that on all of them or on any part.
package struct ModelAnswers: Sendable {
  /// What the model is called in reports: its kind, or "in service".
  package let name: String
  /// For each held-out rating the predicted one; nil for a model that predicts none.
  package let predictions: [Float]?
  /// nil when there is nobody to make lists for.
  package let lists: RecommendedLists?
  private let metrics: [Metric]
  let heldOut: HeldOutRatings

  /// Asks `model` for what `metrics` need, and for ratings the `predictor` beside it, where there is one.
  /// O(held-out ratings x factors) and the making of the lists.
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

  /// What the model is worth on all held-out ratings, by those of its metrics that `isAsked` for.
  package func report(by isAsked: (Metric) -> Bool = { _ in true }) -> ModelReport {
    report(at: 0..<heldOut.count, by: isAsked)
  }

  /// What it is worth on a slice of them.
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
