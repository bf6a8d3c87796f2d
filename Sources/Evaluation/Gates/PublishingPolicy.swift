/// What a model must pass to go in service: what it is compared with, and by which figure.
package struct PublishingPolicy: Sendable, Equatable {
  /// The figure that was asked for by name; nil leaves the usual one.
  package var metric: Metric?
  /// Whether it may not be worse than the model in service, nor than the best of late (``recentDays``).
  package var comparesWithService: Bool
  /// How much worse it may be, in the metric's unit.
  package var margin: Double
  /// The age at which the model in service is replaced by one that is worse, too; nil for never.
  package var mostAge: Duration?
  /// Whether it may go in service though a baseline is better, or too few people are there to judge by.
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

  /// How many days old a version may be to be compared with as the best of late.
  package static let recentDays = 30

  /// The fewest users by whom one model can be told to be no worse than another. By drawing fewer of them anew
  /// intervals come out far too narrow, and one of them decides.
  package static let leastUsers = 10

  /// What was asked for, by the command line's names.
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
    /// What it is called beside its figure.
    package let name: String
    package let report: ModelReport
    /// What the new model is worth on the ratings that the other was judged on, where those are not the ones
    /// of ``Comparison/candidate``: see ``SplitRatings/unseen(by:trainedWith:)``.
    package let candidate: ModelReport?

    package init(_ name: String, _ report: ModelReport, candidate: ModelReport? = nil) {
      self.name = name
      self.report = report
      self.candidate = candidate
    }
  }

  /// What a new model is held against.
  package struct Comparison: Sendable {
    /// What it is worth; nil when it was not judged.
    package var candidate: ModelReport?
    /// The figure that it is usually judged by: see ``Metric/usual(ranks:valuesVary:)``.
    package var usualMetric: Metric
    /// Whether it is a baseline itself. Who asks for one by name wants that one: it is not held against
    /// the others.
    package var isBaseline: Bool
    /// What those of the baselines are worth that were judged.
    package var baselines: [ModelReport]
    /// The model in service or its stand-in, and the best of late, as far as they
    /// are there.
    package var rivals: [Rival] = []
    /// For how long the model in service has been there; nil without one.
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

  /// What the gates say, and what of it was let pass.
  package struct Decision: Sendable, Equatable {
    package let verdict: QualityGate.Verdict
    /// Refusals that did not count, since the policy says so.
    package let overruled: [Overruled]
  }

  /// A refusal that did not count.
  package enum Overruled: Sendable, Equatable {
    /// A baseline is better, for this reason.
    case baseline(String)
    /// The model in service is better, for this reason, but that is too old.
    case age(String)
    /// The model in service predicts ratings, for this reason, and the two were not to be compared.
    case predictions(String)
    /// Too few people were there to judge by, as is said here.
    case fewUsers(String)

    /// Why it would have been refused.
    package var reason: String {
      switch self {
      case .baseline(let reason), .age(let reason), .predictions(let reason), .fewUsers(let reason):
        reason
      }
    }
  }

  /// Whether a model may go in service, and why.
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
    // So few users tell nothing of a baseline either.
    if lack == nil, let refusal = refusalByBaselines(comparison) {
      if isForced {
        overruled.append(.baseline(refusal.reason))
      } else {
        verdicts.append(refusal)
      }
    }
    return Decision(verdict: QualityGate.Verdict(of: verdicts), overruled: overruled)
  }

  /// What becomes of a version that predicts no ratings where the model called `name` in service does: whoever
  /// asked that for one would be refused. It is let pass, and told of, where the new one is not to be compared
  /// with the one in service.
  package func judgeLossOfPredictions(against name: String) -> Decision {
    let reason =
      "the new version predicts no ratings, and \(name) does: who asks for one would be refused"
    return comparesWithService
      ? Decision(verdict: QualityGate.Verdict(isRefusal: true, reason: reason), overruled: [])
      : Decision(verdict: QualityGate.Verdict(of: []), overruled: [.predictions(reason)])
  }

  /// What there is to say of a comparison by too few users, or images; nil of one by ``leastUsers`` and more.
  package static func lackOfUsers(by metric: Metric, in reports: [ModelReport]) -> String? {
    guard let count = reports.map({ $0.userCount(of: metric) }).min(), count < leastUsers
    else {
      return nil
    }
    return
      "\(metric.name) is that of \(metric.samples(count)), and \(leastUsers) are needed to "
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
          reason: "\(usual.metric.name) is \(Float(figure)), and there is no other to compare with")
      ]
    }
    return comparison.rivals.map { rival in
      // One that ranks has no error, and one that predicts makes lists, too.
      let isComparable = metric != nil || rival.report[usual.metric] != nil
      let gate = isComparable ? usual : QualityGate(.ndcgAt10, margin: margin)
      return gate.judge(
        rival.candidate ?? candidate, against: rival.report, called: rival.name)
    }
  }

  /// The refusal of a model that is worse than the best of the baselines, which cost next to nothing:
  /// what was learned is of no use then.
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
