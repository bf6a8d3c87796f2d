import ModelRegistry

/// Lets a new model pass only if it is better than the one in service, on one figure measured on the
/// same held-out ratings.
package struct QualityGate: Sendable, Equatable {
  /// What the gate says, with the figures it says it for.
  package struct Verdict: Sendable, Equatable {
    /// Whether the model may not go in service.
    package let isRefusal: Bool
    /// The figures, for people and for the record.
    package let reason: String

    static func refusal(_ reason: String) -> Verdict { Verdict(isRefusal: true, reason: reason) }

    static func pass(_ reason: String) -> Verdict { Verdict(isRefusal: false, reason: reason) }

    private init(isRefusal: Bool, reason: String) {
      self.isRefusal = isRefusal
      self.reason = reason
    }

    /// What several gates say together: a refusal where one of them refuses, for the reasons of those
    /// that do. None lets any model pass.
    package init(of verdicts: [Verdict]) {
      let refusals = verdicts.filter(\.isRefusal)
      isRefusal = !refusals.isEmpty
      reason = (isRefusal ? refusals : verdicts).map(\.reason).joined(separator: "; and ")
    }
  }

  /// The state of the model that a new one has to be better than.
  package enum Rival: Sendable, Equatable {
    /// It is the one in service, if there is one.
    case inService
    /// The one in service is damaged, and it is the earlier version that is served in its place.
    case standIn(Int)
    /// The one in service is damaged, and no earlier version could be served in its place.
    case none

    /// What it is called beside its figure.
    fileprivate var name: String {
      switch self {
      case .inService, .none: "the model in service"
      case .standIn(let version):
        "version \(version), which stands in for the model in service, as that is damaged"
      }
    }

    /// Why it has no figure.
    fileprivate var absence: String {
      switch self {
      case .inService: "no model is in service"
      case .standIn, .none: "the model in service is damaged"
      }
    }
  }

  /// The figure that it goes by.
  package let metric: Metric

  /// A gate that goes by `metric`.
  package init(_ metric: Metric) { self.metric = metric }

  /// Judges a model by its figure against that of the one in service, or of its stand-in.
  ///
  /// - Parameters:
  ///   - candidate: nil when it was not measured, which does not pass; nor does NaN or infinity.
  ///   - inService: nil when no model is in service or none that could be served, which lets any
  ///     finite figure pass, as does a figure that is not finite.
  ///   - rival: Whose figure `inService` is.
  ///
  /// A tie is refused: the same figure is not better.
  package func judge(
    candidate: Double?, inService: Double?, of rival: Rival = .inService
  ) -> Verdict {
    let name = metric.name
    guard let candidate else {
      return .refusal("\(name) of the new model was not measured")
    }
    guard candidate.isFinite else {
      return .refusal("\(name) of the new model is \(candidate)")
    }
    guard let inService else {
      return .pass("\(name) is \(Float(candidate)), and \(rival.absence)")
    }
    let figures = metric.sentence(comparing: candidate, with: inService, of: rival.name)
    if metric.isBetter(candidate, than: inService) { return .pass(figures) }
    return .refusal(
      candidate == inService
        ? "a tie: \(name) is \(Float(candidate)) of both models, and only a better one goes in service"
        : "\(figures); \(metric.better.rawValue) is better")
  }
}

extension Metric {
  /// Two figures of it, for people: as floats, since the digits beyond say nothing to them.
  func sentence(comparing figure: Double, with other: Double, of owner: String) -> String {
    "\(name) is \(Float(figure)), against \(Float(other)) of \(owner)"
  }
}
