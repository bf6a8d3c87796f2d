import Errors
package import Evaluation
import ImageModels
import Learning
package import ModelRegistry

/// What the user of a training of images may not have meant, and what explains its outcome.
package enum ImageTrainingWarning: Sendable {
  /// A refusal that did not count.
  case overruled(PublishingPolicy.Overruled)
  /// Nothing was held out to judge the model by, for this reason, and it goes in service all the same.
  case notJudged(String)
  /// What is called so answers something else, and is not compared.
  case otherAnswers(name: String)
  /// What is called so was trained on other images, labels or another split: it may have learned from images that are held out now.
  case otherSplit(name: String)
  /// The version in service is damaged; which earlier one stands in for it, if one does.
  case damagedInService(standIn: Int?, isCompared: Bool, flaw: ModelFileError)
}

extension ImageTrainingJob {
  /// Whether the model may go in service, and why: it is held against what is answered without looking and, as the
  /// policy says, the version in service and the best of late, on the held-out images. The figures of all, and what spoke against it and was let
  /// pass, are recorded in `run`. Throws for one whose answers are not finite, whatever the policy.
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

  /// What must have been asked for alike, by the command line's names, for the same images to be held out of a figure.
  private static let comparedParameters = ["split", "split-seed", "group-by"]
}

/// What comes of judging a version that a new one is compared with.
private enum JudgedRival {
  case judged(ModelReport)
  /// It answers something else, and can't be compared.
  case otherAnswers
  /// Its answers are no numbers, though its weights are.
  case damaged(ModelFileError)
}

extension ImageJudge {
  /// Judges a version. Throws what keeps an image from being read.
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
  /// A version, verified, and the record of its training.
  fileprivate func opened(
    _ number: Int
  ) throws(ModelFileError) -> (model: any PublishedModel, manifest: Manifest) {
    try verify(number)
    return (try open(number), try manifest(of: number))
  }
}

extension ImageTask {
  /// Whether figures of the two are of the same question: the same task of the same classes, labels, numbers or points.
  fileprivate func answersAlike(_ other: ImageTask) -> Bool {
    name == other.name && Set(outputNames) == Set(other.outputNames)
  }
}
