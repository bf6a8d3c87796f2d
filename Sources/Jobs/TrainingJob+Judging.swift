import Evaluation
import Interactions
import ModelRegistry
import Recommenders
import Trainers

extension TrainingJob {
  /// Returns whether the version may be put in service, and why, after judging what its parts are compared
  /// with. Objections that were overruled are reported and recorded in `run`.
  func judge(
    _ parts: [VersionPart], valuesVary: Bool, against incumbent: Incumbent<ComparedVersion>?,
    of versions: ModelVersions, on ratings: SplitRatings, in judged: inout JudgedModels,
    _ run: inout TrainingRun
  ) -> QualityGate.Verdict {
    guard let policy else { return QualityGate.Verdict(of: []) }
    var told: Set<String> = []
    var decisions = parts.map { part in
      var policy = policy
      policy.metric = part.askedMetric
      return policy.judge(
        PublishingPolicy.Comparison(
          of: judged.report(of: part.kind), by: part.usualMetric,
          isBaseline: TrainerRegistry.isBaseline(type(of: part.trainer)),
          against: judged.baselines,
          rivals: policy.comparesWithService
            ? rivals(of: part, incumbent, versions, on: ratings, in: &judged, &told) : [],
          age: incumbent?.age))
    }
    if let lists = listsPart(of: parts, against: incumbent) {
      decisions.append(
        policy.judge(
          PublishingPolicy.Comparison(
            of: judged.report(of: lists.kind), by: lists.usualMetric, isBaseline: true,
            against: [],
            rivals: rivals(of: lists, incumbent, versions, on: ratings, in: &judged, &told),
            age: incumbent?.age)))
    }
    // If all values are the same, predictions are not missed.
    if valuesVary, let incumbent, incumbent.version?.predictsRatings ?? false,
      !parts.contains(where: { judged.models[$0.kind]?.predictsRatings ?? false })
    {
      decisions.append(policy.judgeLossOfPredictions(against: incumbent.description))
    }
    let verdict = QualityGate.Verdict(of: decisions.map(\.verdict))
    let overruled = decisions.flatMap(\.overruled)
    if !verdict.isRefusal, !overruled.isEmpty {
      for reason in overruled { report(.warning(.overruled(reason))) }
      run.overruled = overruled.map(\.reason)
    }
    return verdict
  }

  /// Returns the only model of a version as the one that ranks its lists, if the version in service has a
  /// separate model for lists: a model that predicts ratings no worse may rank much worse. nil if lists are
  /// compared anyway, or another metric was requested.
  private func listsPart(of parts: [VersionPart], against incumbent: Incumbent<ComparedVersion>?)
    -> VersionPart?
  {
    guard let policy, policy.comparesWithService, policy.metric == nil, parts.count == 1,
      parts[0].metric.isOfPredictions, incumbent?.version?.predictor != nil
    else { return nil }
    return VersionPart(
      role: .main, trainer: parts[0].trainer, usualMetric: .ndcgAt10, askedMetric: nil)
  }

  /// Judges and returns what a part is compared with besides the baselines: the version in service and the
  /// best recent one. Each that was trained on held-out ratings is reported once, tracked in `told`.
  private func rivals(
    of part: VersionPart, _ incumbent: Incumbent<ComparedVersion>?, _ versions: ModelVersions,
    on ratings: SplitRatings, in judged: inout JudgedModels, _ told: inout Set<String>
  ) -> [PublishingPolicy.Rival] {
    var rivals: [PublishingPolicy.Rival] = []
    func compare(_ version: ComparedVersion?, as name: String, called description: String) {
      guard let version else { return }
      let model = version.model(for: part.metric)
      // A model that only ranks can't be compared with a predictor.
      guard part.role == .main || model.predictsRatings else { return }
      let predictsTheSame = version.manifest.transform == request.transform
      guard predictsTheSame || !part.metric.isOfPredictions else {
        report(.warning(.otherTransform(name: description)))
        return
      }
      let metrics = Metric.all.filter { predictsTheSame || !$0.isOfPredictions }
      let isBeside = model === version.predictor
      let name = isBeside ? "\(name): \(model.kind)" : name
      if judged.report(of: name) == nil { judged.judge(name, model, on: ratings, by: metrics) }
      let unseen = version.unseen(of: ratings, split: request.splitRecord)
      let count = unseen.count { $0 }
      if count < unseen.count, part.role == .main, told.insert(description).inserted {
        report(
          .warning(
            .seen(version.seen(of: unseen, as: description, split: request.splitRecord))))
      }
      if count == unseen.count || count == 0 {
        if let report = judged.report(of: name) {
          rivals.append(PublishingPolicy.Rival(description, report))
        }
      } else if let own = judged.models[part.kind] {
        let fair = ratings.holdingOut { unseen[$0] }
        func report(_ model: any ScoredModel) -> ModelReport {
          ModelReport(
            name: name, model: model, ratings: fair, threadCount: request.threadCount)
        }
        rivals.append(
          PublishingPolicy.Rival(
            "\(description) (by the \(count) held-out ratings that neither has learned from)",
            report(model), candidate: report(own)))
      }
    }
    if let incumbent {
      compare(incumbent.version, as: incumbent.name, called: incumbent.description)
    }
    // Prediction errors are only comparable for the same transform.
    let best = BestOfLate(
      among: versions, by: part.metric, besides: incumbent?.version?.manifest.version,
      where: { manifest in
        (manifest.transform == request.transform || !part.metric.isOfPredictions)
          && request.splitRecord.allSatisfy { manifest.run.parameters[$0] == $1 }
      }, open: { try ComparedVersion($0, of: versions) })
    if let best { compare(best.version, as: best.name, called: best.description) }
    return rivals
  }
}
