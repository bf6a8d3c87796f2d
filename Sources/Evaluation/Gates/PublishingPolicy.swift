/// The conditions under which a model is put in service: what it is compared with, and by which metric.
package struct PublishingPolicy: Sendable, Equatable {
  /// The metric requested by name; nil for the default.
  package var metric: Metric?
  /// Whether the model must not be worse than the one in service or the best recent one (``recentDays``).
  package var comparesWithService: Bool
  /// The tolerated loss, in the metric's unit.
  package var margin: Double
  /// The age beyond which the model in service may be replaced by a worse one; nil for never.
  package var mostAge: Duration?
  /// Whether to publish even if a baseline is better or there are too few users for an evaluation.
  package var isForced: Bool

  package init(
    by metric: Metric? = nil, comparesWithService: Bool = false, margin: Double = 0,
    mostAge: Duration? = nil, isForced: Bool = false
  ) {
    self.metric = metric
    self.comparesWithService = comparesWithService
    self.margin = margin
    self.mostAge = mostAge
    self.isForced = isForced
  }

  /// The maximum age in days of the best recent version.
  package static let recentDays = 30

  /// The minimum number of users for a comparison of two models. With fewer, bootstrap intervals are far too narrow,
  /// and a single user decides.
  package static let leastUsers = 10

  /// The policy as command-line options and their values.
  package var record: [String: String] {
    var record = ["publish": "true"]
    if comparesWithService { record["unless-worse"] = "true" }
    if isForced { record["force"] = "true" }
    if margin != 0 { record["margin"] = "\(margin)" }
    record["metric"] = metric?.name
    record["max-age"] = mostAge.map { "\(Int($0 / .seconds(60)))m" }
    return record
  }

  /// Another model that the new one is compared with.
  package struct Rival: Sendable {
    /// The name shown beside its figure.
    package let name: String
    package let report: ModelReport
    /// The new model's report on the ratings that this rival was evaluated on, if they differ from those of
    /// ``Comparison/candidate``: see ``SplitRatings/unseen(by:trainedWith:)``.
    package let candidate: ModelReport?

    package init(_ name: String, _ report: ModelReport, candidate: ModelReport? = nil) {
      self.name = name
      self.report = report
      self.candidate = candidate
    }
  }

  /// A new model's report and those of the models it is compared with.
  package struct Comparison: Sendable {
    /// The new model's report; nil if it was not evaluated.
    package var candidate: ModelReport?
    /// The default metric for the model: see ``Metric/usual(ranks:valuesVary:)``.
    package var usualMetric: Metric
    /// Whether the model is itself a baseline. A baseline was requested by name, so it is not compared with the others.
    package var isBaseline: Bool
    /// The reports of the baselines that were evaluated.
    package var baselines: [ModelReport]
    /// The model in service or its stand-in, and the best recent version, as far as they exist.
    package var rivals: [Rival] = []
    /// How long the current model has been in service; nil if there is none.
    package var age: Duration?

    package init(
      of candidate: ModelReport?, by usualMetric: Metric, isBaseline: Bool = false,
      against baselines: [ModelReport], rivals: [Rival] = [], age: Duration? = nil
    ) {
      self.candidate = candidate
      self.usualMetric = usualMetric
      self.isBaseline = isBaseline
      self.baselines = baselines
      self.rivals = rivals
      self.age = age
    }
  }

  /// The verdict of the gates, and the refusals that were overruled.
  package struct Decision: Sendable, Equatable {
    package let verdict: QualityGate.Verdict
    /// Refusals that the policy overruled.
    package let overruled: [Overruled]
  }

  /// A refusal that was overruled.
  package enum Overruled: Sendable, Equatable {
    /// A baseline is better, for this reason.
    case baseline(String)
    /// The model in service is better, for this reason, but it is too old.
    case age(String)
    /// The model in service predicts ratings, for this reason, and the two were not to be compared.
    case predictions(String)
    /// There were too few users for an evaluation, with this explanation.
    case fewUsers(String)

    /// The reason for the refusal.
    package var reason: String {
      switch self {
      case .baseline(let reason), .age(let reason), .predictions(let reason), .fewUsers(let reason):
        reason
      }
    }
  }

  /// Decides whether a model may be put in service, and why.
  package func judge(_ comparison: Comparison) -> Decision {
    var verdicts: [QualityGate.Verdict] = []
    var overruled: [Overruled] = []
    let metric = metric ?? comparison.usualMetric
    let isMeasured = comparison.candidate?[metric]?.isFinite ?? false
    let isTooOld = mostAge.flatMap { most in comparison.age.map { $0 > most } } ?? false
    let judged =
      [comparison.candidate].compactMap(\.self) + comparison.rivals.compactMap(\.candidate)
    let lack = isMeasured ? Self.lackOfUsers(by: metric, in: judged) : nil
    if let reason = lack {
      let decides = comparesWithService && !comparison.rivals.isEmpty
      if decides, !isTooOld, !isForced {
        verdicts.append(QualityGate.Verdict(isRefusal: true, reason: reason))
      } else {
        overruled.append(.fewUsers(reason))
      }
    }
    if comparesWithService {
      for verdict in judgeAgainstService(comparison) {
        if verdict.isRefusal, isTooOld, isMeasured {
          overruled.append(.age(verdict.reason))
        } else {
          verdicts.append(verdict)
        }
      }
    }
    // So few users are no basis for a comparison with a baseline either.
    if lack == nil, let refusal = refusalByBaselines(comparison) {
      if isForced {
        overruled.append(.baseline(refusal.reason))
      } else {
        verdicts.append(refusal)
      }
    }
    return Decision(verdict: QualityGate.Verdict(of: verdicts), overruled: overruled)
  }

  /// Decides on a version that predicts no ratings while the model in service, called `name`, does: requests for a
  /// prediction would be refused. The version passes, with a notice, if it is not to be compared with the one in
  /// service.
  package func judgeLossOfPredictions(against name: String) -> Decision {
    let reason =
      "the new version does not predict ratings, and \(name) does: requests for them would be refused"
    return comparesWithService
      ? Decision(verdict: QualityGate.Verdict(isRefusal: true, reason: reason), overruled: [])
      : Decision(verdict: QualityGate.Verdict(of: []), overruled: [.predictions(reason)])
  }

  /// Returns an explanation if there are too few users (or images) for a comparison; nil from ``leastUsers`` on.
  package static func lackOfUsers(by metric: Metric, in reports: [ModelReport]) -> String? {
    guard let count = reports.map({ $0.userCount(of: metric) }).min(), count < leastUsers
    else {
      return nil
    }
    return
      "\(metric.name) is measured on \(metric.samples(count)), and \(leastUsers) are needed to "
      + "tell a better model from a worse one"
  }

  private func judgeAgainstService(_ comparison: Comparison) -> [QualityGate.Verdict] {
    let usual = QualityGate(metric ?? comparison.usualMetric, margin: margin)
    guard let candidate = comparison.candidate, let figure = candidate[usual.metric],
      figure.isFinite
    else { return [usual.refusalOfUnmeasured(comparison.candidate)].compactMap(\.self) }
    guard !comparison.rivals.isEmpty else {
      return [
        QualityGate.Verdict(
          isRefusal: false,
          reason:
            "\(usual.metric.name) is \(Float(figure)), and there is no earlier version "
            + "to compare with")
      ]
    }
    return comparison.rivals.map { rival in
      // A ranking model has no error, whereas a rating predictor also makes lists.
      let isComparable = metric != nil || rival.report[usual.metric] != nil
      let gate = isComparable ? usual : QualityGate(.ndcgAt10, margin: margin)
      return gate.judge(
        rival.candidate ?? candidate, against: rival.report, called: rival.name)
    }
  }

  /// Returns the refusal of a model that is worse than the best baseline. Baselines cost next to nothing, so such a
  /// model is useless.
  private func refusalByBaselines(_ comparison: Comparison) -> QualityGate.Verdict? {
    let metric = metric ?? comparison.usualMetric
    guard !comparison.isBaseline else { return nil }
    let best = comparison.baselines.filter { $0[metric]?.isFinite ?? false }
      .max { metric.isBetter($1[metric] ?? .nan, than: $0[metric] ?? .nan) }
    guard let best else { return nil }
    let verdict = QualityGate(metric, margin: margin).judge(
      comparison.candidate, against: best, called: "the baseline \(best.name)")
    return verdict.isRefusal ? verdict : nil
  }
}
