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
  /// policy says, the version in service, on the held-out images. The figures of all, and what spoke against it and was let
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
    let incumbent = Incumbent(
      among: versions, isCompared: policy.comparesWithService,
      open: { (number) throws(ModelFileError) in
        try versions.verify(number)
        return (model: try versions.open(number), run: try versions.manifest(of: number).run)
      },
      damaged: { flaw, standIn in
        report(
          .damagedInService(
            standIn: standIn, isCompared: policy.comparesWithService, flaw: flaw))
      })
    if policy.comparesWithService, let version = incumbent.version {
      var own: ModelReport?
      var flaw: TrainingError?
      do throws(TrainingError) {
        if let model = version.model as? ImageModel {
          own = try judge.report(of: model, called: incumbent.name)
        }
      } catch {
        // The images were read for the new one: what is wrong is the model's, whose answers may be no numbers though
        // its weights are.
        guard error.code == .badData else { throw error }
        flaw = error
      }
      if let flaw {
        report(
          .damagedInService(
            standIn: nil, isCompared: true,
            flaw: ModelFileError(
              .badContents, flaw.problem, place: flaw.place, remedy: flaw.remedy)))
      } else if let own {
        reports.append(own)
        rivals.append(PublishingPolicy.Rival(incumbent.description, own))
        if version.run.dataFingerprint != run.dataFingerprint {
          report(.otherSplit(name: incumbent.description))
        }
      } else {
        report(.otherAnswers(name: incumbent.description))
      }
    }
    let metrics = data.task.judgedBy
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
}
