/// Lets a new model pass only if it is better than the one in service, on one figure measured on
/// the same held-out ratings.
package struct QualityGate: Sendable, Equatable {
  /// Which way a figure improves.
  package enum Direction: Sendable {
    case lowerIsBetter
    case higherIsBetter
  }

  /// What the gate says, with the figures it says it for.
  package enum Verdict: Sendable, Equatable {
    /// The model may go in service; the reason is for the record.
    case passes(String)
    /// It may not; the reason is for people.
    case refuses(String)
  }

  /// The figure's name: `rmse`, `ndcg@10` ...
  package let metric: String
  /// Which way it improves.
  package let direction: Direction

  /// The figures that a gate can go by, without their `@` and number.
  package static let metrics: [String] = lower + higher

  private static let lower = ["mse", "rmse", "mae"]
  private static let higher = ["ndcg", "recall", "hitRate", "coverage"]

  /// A gate that goes by `metric`, such as `rmse` or `recall@20`; nil when it is none of
  /// ``metrics``.
  package init?(metric: String) {
    let name = String(metric.prefix { $0 != "@" })
    if Self.lower.contains(name) {
      direction = .lowerIsBetter
    } else if Self.higher.contains(name) {
      direction = .higherIsBetter
    } else {
      return nil
    }
    self.metric = metric
  }

  /// Judges a model by its figure against that of the one in service.
  ///
  /// - Parameters:
  ///   - candidate: nil when it was not measured, which does not pass; nor does NaN or infinity.
  ///   - inService: nil when no model is in service, which lets any finite figure pass, as does a
  ///     model in service whose figure is not finite.
  ///
  /// The same figure is not better.
  package func judge(candidate: Double?, inService: Double?) -> Verdict {
    guard let candidate else {
      return .refuses("\(metric) of the new model was not measured")
    }
    guard candidate.isFinite else {
      return .refuses("\(metric) of the new model is \(candidate)")
    }
    guard let inService else {
      return .passes("\(metric) is \(candidate), and no model is in service")
    }
    let isBetter =
      !inService.isFinite
      || (direction == .lowerIsBetter ? candidate < inService : candidate > inService)
    let better = direction == .lowerIsBetter ? "lower" : "higher"
    return isBetter
      ? .passes("\(metric) is \(candidate), against \(inService) of the model in service")
      : .refuses(
        "\(metric) is \(candidate), against \(inService) of the model in service; \(better) is better"
      )
  }
}
