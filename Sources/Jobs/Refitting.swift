import Errors
import Evaluation
import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import Trainers

extension TrainingRequest {
  /// Refits the judged model to all ratings, with the same options and seed, for no more epochs than were
  /// kept of it. So the served model knows users whose ratings were held out.
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
      // A refit's checkpoint by an earlier run may remain if this run was interrupted before its own refit.
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
  /// Checks that the refitted model is at least as good on the held-out ratings as the judged one; it has
  /// seen them.
  ///
  /// Throws ``JobError`` `badRefit` if it is worse, which means that something went wrong.
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
      .badRefit, "refitted to all ratings, it is worse than before: \(verdict.reason)",
      place: "the model \(part.kind)",
      remedy: "Train with fewer epochs or a lower learning rate, or do not refit.")
  }
}
