/// What a model must pass to go in service: which gates there are, and the figures that they go by.
package struct PublishingPolicy: Sendable, Equatable {
  /// The figure that was asked for by name; nil leaves each gate its usual one.
  package let metric: Metric?
  /// Whether the model has to be better than the one in service.
  package let onlyIfBetter: Bool
  /// Whether it may go in service though a baseline is better.
  package let evenIfWorseThanBaselines: Bool

  /// A policy that goes by `metric`, where one is asked for by name.
  package init(
    by metric: Metric? = nil, onlyIfBetter: Bool = false, evenIfWorseThanBaselines: Bool = false
  ) {
    self.metric = metric
    self.onlyIfBetter = onlyIfBetter
    self.evenIfWorseThanBaselines = evenIfWorseThanBaselines
  }

  /// The gate that compares with the model in service; nil when there is no need to be better.
  package var qualityGate: QualityGate? { onlyIfBetter ? QualityGate(metric ?? .rmse) : nil }

  /// The gate as it compares two models: by errors of predictions only where both predict.
  private func qualityGate(
    for candidate: ModelReport?, against inService: ModelReport?
  ) -> QualityGate? {
    guard let gate = qualityGate, metric == nil else { return qualityGate }
    let both = [candidate, inService].compactMap(\.self)
    return both.allSatisfy { $0[gate.metric] != nil } ? gate : QualityGate(.ndcgAt10)
  }

  /// Whether a model may go in service, and why, by all that it is to be held against.
  ///
  /// - Parameters:
  ///   - candidate: What it is worth; nil when it was not judged.
  ///   - isBaseline: Whether it is one itself. Who asks for a baseline by name wants that one: it is not
  ///     held against the others.
  ///   - valuesVary: Whether there are two ratings whose values differ.
  ///   - baselines: What those are worth that were judged.
  ///   - inService: What the model in service or its stand-in is worth; nil when there is none.
  ///   - rival: Whose figures `inService` are.
  package func judge(
    _ candidate: ModelReport?, isBaseline: Bool, valuesVary: Bool,
    against baselines: [ModelReport], inService: ModelReport?,
    of rival: QualityGate.Rival = .inService
  ) -> QualityGate.Verdict {
    var verdicts: [QualityGate.Verdict] = []
    if let gate = qualityGate(for: candidate, against: inService) {
      verdicts.append(
        gate.judge(
          candidate: candidate?[gate.metric], inService: inService?[gate.metric], of: rival))
    }
    if !evenIfWorseThanBaselines,
      let reason = shortcoming(
        of: candidate, isBaseline: isBaseline, valuesVary: valuesVary, against: baselines)
    {
      verdicts.append(QualityGate.Verdict(isRefusal: true, reason: reason))
    }
    return QualityGate.Verdict(of: verdicts)
  }

  /// Why a model is worse than the best of the baselines; nil when it is not, or is one itself. The
  /// parameters are those of ``judge(_:isBaseline:valuesVary:against:inService:of:)``.
  package func shortcoming(
    of candidate: ModelReport?, isBaseline: Bool, valuesVary: Bool,
    against baselines: [ModelReport]
  ) -> String? {
    guard !isBaseline else { return nil }
    let predicts = candidate.map { $0[.mse] != nil || $0[.ndcgAt10] == nil } ?? true
    let gate = metric.map { BaselineGate($0) } ?? BaselineGate(valuesVary: valuesVary && predicts)
    let verdict = gate.judge(
      candidate: candidate?[gate.metric], against: baselines.map { ($0.name, $0[gate.metric]) })
    return verdict.isRefusal ? verdict.reason : nil
  }
}
