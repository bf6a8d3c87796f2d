/// Refuses a model that is significantly worse than another by a metric on the same held-out ratings: the whole 95 %
/// interval of the difference lies beyond a margin.
package struct QualityGate: Sendable, Equatable {
  /// The result of a gate, with the figures it is based on.
  package struct Verdict: Sendable, Equatable {
    /// Whether the model is refused.
    package let isRefusal: Bool
    /// The figures, for people and for the record.
    package let reason: String

    init(isRefusal: Bool, reason: String) {
      self.isRefusal = isRefusal
      self.reason = reason
    }

    /// Combines the verdicts of several gates: a refusal if any of them refuses, with the reasons of those that do. No
    /// verdicts let any model pass.
    package init(of verdicts: [Verdict]) {
      let refusals = verdicts.filter(\.isRefusal)
      isRefusal = !refusals.isEmpty
      reason = (isRefusal ? refusals : verdicts).map(\.reason).filter { !$0.isEmpty }
        .joined(separator: "; and ")
    }
  }

  /// The metric that the gate compares.
  package let metric: Metric
  /// The tolerated loss, in the metric's unit.
  package let margin: Double

  /// Creates a gate for `metric`.
  package init(_ metric: Metric, margin: Double = 0) {
    self.metric = metric
    self.margin = margin
  }

  /// Compares a model's report with that of another, called `name`. A figure that is missing or not finite does not
  /// pass; any finite figure passes against it.
  package func judge(
    _ candidate: ModelReport?, against other: ModelReport, called name: String
  ) -> Verdict {
    if let refusal = refusalOfUnmeasured(candidate) { return refusal }
    guard let candidate, let figure = candidate[metric], let theirs = other[metric],
      let gain = candidate.gain(over: other, by: metric)
    else {
      return Verdict(
        isRefusal: false, reason: "\(metric.name) of \(name) was not measured, or is not finite")
    }
    // As floats, since further digits mean nothing to people.
    let figures = "\(metric.name) is \(Float(figure)), against \(Float(theirs)) of \(name)"
    return Verdict(
      isRefusal: gain.isLoss(beyond: margin),
      reason: "\(figures): \(gain.words)")
  }

  /// Returns the refusal of a model whose figure is missing or not finite; nil for any other.
  package func refusalOfUnmeasured(_ candidate: ModelReport?) -> Verdict? {
    let figure = candidate?[metric]
    guard !(figure?.isFinite ?? false) else { return nil }
    return Verdict(
      isRefusal: true,
      reason: "\(metric.name) of the new model " + (figure.map { "is \($0)" } ?? "was not measured")
    )
  }
}
