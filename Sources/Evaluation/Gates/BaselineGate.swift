import ModelRegistry

/// Keeps a model from service that is worse than the best of the baselines, which cost next to nothing:
/// what was learned is of no use then.
package struct BaselineGate: Sendable, Equatable {
  /// The figure that it goes by.
  package let metric: Metric

  /// A gate that goes by `metric`.
  package init(_ metric: Metric) { self.metric = metric }

  /// A gate that goes by the squared error where `valuesVary`, and else, as of plays and clicks and of a
  /// model that predicts none of them, by what is at the top of the lists: there is nothing to predict
  /// about a value that is always the same.
  package init(valuesVary: Bool) { metric = valuesVary ? .mse : .ndcgAt10 }

  /// Judges a model by its figure against the best of those of the baselines; nil is one that was not
  /// measured. As good as a baseline is good enough. Where no baseline has a finite figure every model
  /// passes.
  package func judge(
    candidate: Double?, against baselines: [(name: String, figure: Double?)]
  ) -> QualityGate.Verdict {
    let best = baselines.reduce((name: "", figure: Double.nan)) { best, next in
      guard let figure = next.figure, metric.isBetter(figure, than: best.figure) else {
        return best
      }
      return (next.name, figure)
    }
    guard best.figure.isFinite else {
      return QualityGate.Verdict(isRefusal: false, reason: "no baseline was measured")
    }
    guard let candidate, candidate.isFinite else {
      return QualityGate.Verdict(
        isRefusal: true,
        reason: "\(metric.name) of the new model "
          + (candidate.map { "is \($0)" } ?? "was not measured"))
    }
    return QualityGate.Verdict(
      isRefusal: metric.isBetter(best.figure, than: candidate),
      reason: metric.sentence(
        comparing: candidate, with: best.figure, of: "the baseline \(best.name)")
        + "; \(metric.better.rawValue) is better")
  }
}
