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
    _ judged: Candidate, on all: SplitRatings, _ summary: DataSummary, fingerprint: String,
    checkpointsIn versions: ModelVersions, report: (JobEvent) -> Void
  ) throws -> Candidate {
    report(.refitting(ratings: all.training.count))
    var context = context(refitCallbacks, beside: versions)
    context.epochLimit = judged.fitted.course?.keptEpoch
    if type(of: trainer).capabilities.contains(.resumes) {
      var identity = identity(summary, fingerprint: fingerprint)
      identity["fitted"] = "to all ratings"
      context.checkpoints = CheckpointFile(
        try versions.checkpointPath(.refit), of: identity, resumes: resumes)
    }
    return try Candidate(
      of: trainer, on: TrainingData(training: all.training, summary: summary), in: context)
  }
}

extension JudgedModels {
  /// Checks that a model that was fitted again to all ratings is as good on those that were held out as
  /// the one that was judged on them: it has seen them.
  ///
  /// Throws ``JobError`` `badRefit` when it is worse, which says that something went wrong.
  func check(
    refit model: any ScoredModel, of kind: String, on ratings: SplitRatings, by metric: Metric
  ) throws(JobError) {
    guard let judged = report(of: kind) else { return }
    let refit = ModelReport(
      name: kind, model: model, ratings: ratings, metrics: [metric], threadCount: threadCount)
    let verdict = QualityGate(metric).judge(
      refit, against: judged, called: "the model that was judged, which has not seen these ratings")
    guard verdict.isRefusal else { return }
    throw JobError(
      .badRefit, "fitted again to all ratings, it is worse than before: \(verdict.reason)",
      place: "the model \(kind)",
      remedy: "Train with fewer epochs or a lower learning rate, or do not fit again.")
  }
}
