/// Keeps a model from service that is worse than another by a figure measured on the same held-out
/// ratings, and not by chance: the whole 95 % interval of the difference lies beyond a margin.
package struct QualityGate: Sendable, Equatable {
  /// What the gate says, with the figures it says it for.
  package struct Verdict: Sendable, Equatable {
    /// Whether the model may not go in service.
    package let isRefusal: Bool
    /// The figures, for people and for the record.
    package let reason: String

    init(isRefusal: Bool, reason: String) {
      self.isRefusal = isRefusal
      self.reason = reason
    }

    /// What several gates say together: a refusal where one of them refuses, for the reasons of those
    /// that do. None lets any model pass.
    package init(of verdicts: [Verdict]) {
      let refusals = verdicts.filter(\.isRefusal)
      isRefusal = !refusals.isEmpty
      reason = (isRefusal ? refusals : verdicts).map(\.reason).filter { !$0.isEmpty }
        .joined(separator: "; and ")
    }
  }

  /// The figure that it goes by.
  package let metric: Metric
  /// How much worse a model may be, in the metric's unit.
  package let margin: Double

  /// A gate that goes by `metric`.
  package init(_ metric: Metric, margin: Double = 0) {
    self.metric = metric
    self.margin = margin
  }

  /// Judges a model by its report against that of another, which is called `name`. What was not measured
  /// or is not finite does not pass; against such any finite figure does.
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
    // As floats, since the digits beyond say nothing to people.
    let figures = "\(metric.name) is \(Float(figure)), against \(Float(theirs)) of \(name)"
    return Verdict(
      isRefusal: gain.isLoss(beyond: margin),
      reason: "\(figures): \(gain.words)")
  }

  /// The refusal of a model whose figure was not measured or is not finite; nil for any other.
  package func refusalOfUnmeasured(_ candidate: ModelReport?) -> Verdict? {
    let figure = candidate?[metric]
    guard !(figure?.isFinite ?? false) else { return nil }
    return Verdict(
      isRefusal: true,
      reason: "\(metric.name) of the new model " + (figure.map { "is \($0)" } ?? "was not measured")
    )
  }
}
