import Errors
package import Evaluation
import ImageModels
import Learning
package import ModelRegistry

/// A warning about a training that the user may not have intended, or that explains its outcome.
package enum ImageTrainingWarning: Sendable {
  /// A refusal was overruled.
  case overruled(PublishingPolicy.Overruled)
  /// Nothing was held out to evaluate the model on, for this reason, and it goes in service all the same.
  case notJudged(String)
  /// The named model has another task and is not compared.
  case otherAnswers(name: String)
  /// The named model was trained on other images, labels or another split: it may have learned from images that are
  /// now held out.
  case otherSplit(name: String)
  /// The version in service is damaged; `standIn` is the earlier version that replaces it, if any.
  case damagedInService(standIn: Int?, isCompared: Bool, flaw: ModelFileError)
}

extension ImageTrainingJob {
  /// Decides whether the model may go in service, and why. It is compared on the held-out images with the baseline
  /// and, if the policy says so, the version in service and the best recent version. Records all metrics, and the
  /// objections that were overruled, in `run`. Throws if the model's answers are not finite, whatever the policy.
  func judge(
    _ model: ImageModel, on data: TrainingImages, by policy: PublishingPolicy,
    among versions: ModelVersions, _ run: inout TrainingRun
  ) throws -> QualityGate.Verdict {
    guard let judged else { preconditionFailure("a policy, and no images to judge by") }
    let judge = ImageJudge(data, judged, threadCount: options.threadCount)
    let candidate = try judge.report(of: model, called: run.kind)
    let baseline = try judge.baseline()
    var reports = [candidate, baseline].compactMap(\.self)
    var rivals: [PublishingPolicy.Rival] = []
    let fingerprint = run.dataFingerprint
    let incumbent = Incumbent(
      among: versions, isCompared: policy.comparesWithService,
      open: { (number) throws(ModelFileError) in
        try versions.opened(number)
      },
      damaged: { flaw, standIn in
        report(
          .damagedInService(
            standIn: standIn, isCompared: policy.comparesWithService, flaw: flaw))
      })
    let metrics = data.task.judgedBy
    func compare(_ own: ModelReport, _ run: TrainingRun, called description: String) {
      reports.append(own)
      rivals.append(PublishingPolicy.Rival(description, own))
      if run.dataFingerprint != fingerprint { report(.otherSplit(name: description)) }
    }
    if policy.comparesWithService {
      var compared: Int?
      if let (model, manifest) = incumbent.version {
        switch try judge.rival(model, called: incumbent.name) {
        case .judged(let own):
          compare(own, manifest.run, called: incumbent.description)
          compared = manifest.version
        case .otherAnswers: report(.otherAnswers(name: incumbent.description))
        case .damaged(let flaw):
          report(.damagedInService(standIn: nil, isCompared: true, flaw: flaw))
        }
      }
      let best = BestOfLate(
        among: versions, by: policy.metric ?? metrics[0], besides: compared,
        where: { manifest in
          Self.comparedParameters.allSatisfy { manifest.run.parameters[$0] == parameters[$0] }
        },
        open: { number in
          let version = try versions.opened(number)
          let isAlike = (version.model as? ImageModel)?.description.task.answersAlike(data.task)
          return isAlike ?? false ? version : nil
        })
      if let best, case .judged(let own) = try judge.rival(best.version.model, called: best.name) {
        compare(own, best.version.manifest.run, called: best.description)
      }
    }
    let decision = policy.judge(
      PublishingPolicy.Comparison(
        of: candidate, by: metrics[0], against: [baseline], rivals: rivals, age: incumbent.age))
    for report in reports {
      for metric in metrics {
        guard let value = report[metric] else { continue }
        let prefix = report.name == run.kind ? "" : "\(report.name)."
        run.metrics[prefix + metric.name] = TrainingRun.Figure(value, better: metric.better)
      }
    }
    guard !decision.verdict.isRefusal else { return decision.verdict }
    for reason in decision.overruled { report(.overruled(reason)) }
    var overruled = decision.overruled.map(\.reason)
    if data.heldOut.isEmpty {
      let reason = "no image is held out to judge it by"
      report(.notJudged(reason))
      overruled.append(reason)
    }
    if !overruled.isEmpty { run.overruled = overruled }
    return decision.verdict
  }

  /// The parameters, by the command line's names, that must be equal for two versions to hold out the same images.
  private static let comparedParameters = ["split", "split-seed", "group-by"]
}

/// The result of evaluating a version that a new one is compared with.
private enum JudgedRival {
  case judged(ModelReport)
  /// It has another task and cannot be compared.
  case otherAnswers
  /// Its answers are not finite, though its weights are.
  case damaged(ModelFileError)
}

extension ImageJudge {
  /// Evaluates a version. Throws if an image cannot be read.
  fileprivate func rival(
    _ model: any PublishedModel, called name: String
  ) throws(TrainingError) -> JudgedRival {
    guard let model = model as? ImageModel else { return .otherAnswers }
    switch try judged(model, called: name) {
    case .success(let report): return report.map { .judged($0) } ?? .otherAnswers
    case .failure(let flaw): return .damaged(flaw)
    }
  }
}

extension ModelVersions {
  /// Returns a version, verified, and its training record.
  fileprivate func opened(
    _ number: Int
  ) throws(ModelFileError) -> (model: any PublishedModel, manifest: Manifest) {
    try verify(number)
    return (try open(number), try manifest(of: number))
  }
}

extension ImageTask {
  /// Returns whether metrics of the two are comparable: the same task with the same classes, labels, numbers or
  /// points.
  fileprivate func answersAlike(_ other: ImageTask) -> Bool {
    name == other.name && Set(outputNames) == Set(other.outputNames)
  }
}
