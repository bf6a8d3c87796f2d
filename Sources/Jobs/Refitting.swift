import Errors
import Evaluation
import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import Trainers

extension TrainingRequest {
  /// Learns once more, from all ratings, as the model was learned that was judged: with the same
  /// options and seed, and no more epochs than that was kept of. Whoever was held out is known to what
  /// goes in service.
  func refit(
    _ part: VersionPart, asJudged judged: Candidate, on all: SplitRatings, _ summary: DataSummary,
    from start: StartingVersion?, fingerprint: String, checkpointsIn versions: ModelVersions,
    report: (JobEvent) -> Void
  ) throws -> Candidate {
    var context = try context(for: part, part.role, refitCallbacks, from: start)
    context.epochLimit = judged.fitted.course?.keptEpoch
    var identity = identity(of: part, summary, fingerprint: fingerprint)
    identity["fitted"] = "to all ratings"
    if let checkpoint = try checkpoint(of: part, as: part.role, identity, in: versions) {
      // One of another night is left where the first fit of this one was not interrupted so late.
      let old = checkpoint(true)
      let goesOn = resumes && old.isThere && old.obstacle() == nil
      if goesOn { report(.resuming) }
      context.checkpoints = goesOn ? old : checkpoint(false)
    }
    return try Candidate(
      of: part.trainer, on: TrainingData(training: all.training, summary: summary), in: context)
  }
}

extension JudgedModels {
  /// Checks that a model that was fitted again to all ratings is as good on those that were held out as
  /// the one that was judged on them: it has seen them.
  ///
  /// Throws ``JobError`` `badRefit` when it is worse, which says that something went wrong.
  func check(
    refit model: any ScoredModel, of part: VersionPart, on ratings: SplitRatings
  ) throws(JobError) {
    guard let judged = report(of: part.kind), judged[part.usualMetric] != nil else { return }
    let refit = ModelReport(
      name: part.kind, model: model, ratings: ratings, metrics: [part.usualMetric],
      threadCount: threadCount)
    let verdict = QualityGate(part.usualMetric).judge(
      refit, against: judged, called: "the model that was judged, which has not seen these ratings")
    guard verdict.isRefusal else { return }
    throw JobError(
      .badRefit, "fitted again to all ratings, it is worse than before: \(verdict.reason)",
      place: "the model \(part.kind)",
      remedy: "Train with fewer epochs or a lower learning rate, or do not fit again.")
  }
}
