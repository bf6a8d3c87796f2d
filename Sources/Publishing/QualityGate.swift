package import Evaluation

/// Lets a new model pass only if it is better than the one in service, on one figure measured on the
/// same held-out ratings.
package struct QualityGate: Sendable, Equatable {
  /// What the gate says, with the figures it says it for.
  package struct Verdict: Sendable, Equatable {
    /// Whether the model may not go in service.
    package let isRefusal: Bool
    /// The figures, for people and for the record.
    package let reason: String
  }

  /// The figure that it goes by.
  package let metric: Metric

  /// A gate that goes by `metric`.
  package init(_ metric: Metric) { self.metric = metric }

  /// Judges a model by its figure against that of the one in service.
  ///
  /// - Parameters:
  ///   - candidate: nil when it was not measured, which does not pass; nor does NaN or infinity.
  ///   - inService: nil when no model is in service, which lets any finite figure pass, as does a
  ///     model in service whose figure is not finite.
  ///
  /// A tie is refused: the same figure is not better.
  package func judge(candidate: Double?, inService: Double?) -> Verdict {
    let name = metric.name
    guard let candidate else {
      return Verdict(isRefusal: true, reason: "\(name) of the new model was not measured")
    }
    guard candidate.isFinite else {
      return Verdict(isRefusal: true, reason: "\(name) of the new model is \(candidate)")
    }
    guard let inService else {
      return Verdict(
        isRefusal: false, reason: "\(name) is \(Float(candidate)), and no model is in service")
    }
    // As floats: the digits beyond say nothing to people.
    let figures =
      "\(name) is \(Float(candidate)), against \(Float(inService)) of the model in service"
    if metric.isBetter(candidate, than: inService) {
      return Verdict(isRefusal: false, reason: figures)
    }
    return Verdict(
      isRefusal: true,
      reason: candidate == inService
        ? "a tie: \(name) is \(Float(candidate)) of both models, and only a better one goes in service"
        : "\(figures); \(metric.better.rawValue) is better")
  }
}
