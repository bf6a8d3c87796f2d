import Errors
package import Evaluation
import Foundation
import Interactions
import Learning
package import Ratings
import Recommenders
import TensorCore
import Trainers

/// K-fold cross-validation of a model and the baselines: each fold is judged with models trained on all
/// others, so each rating is held out once. Nothing is written.
package struct CrossValidation {
  /// The reports of the model and each baseline over all folds, the model first.
  package let reports: [ModelReport]
  /// The reports for each fold.
  package let folds: [[ModelReport]]
  /// The prediction intervals of the model for each fold; empty if it does not provide any.
  package let intervals: [HeldOutIntervals]

  /// Reads the ratings, then trains and judges what `request` asks for `foldCount` times. The request's split
  /// is ignored; its split seed determines the folds. Takes memory for one more copy of the ratings than a
  /// training.
  ///
  /// Throws what the store and the trainers throw, and ``JobError``: `outOfMemory`, and `nothingHeldOut` if
  /// there are too few ratings.
  package init(
    of request: TrainingRequest, folds foldCount: Int, on store: any RatingsStore,
    from source: RatingsSource, report: (JobEvent) -> Void
  ) throws {
    var read = try ReadRatings(
      store, from: source, keepingTimes: request.models.needsTimes,
      transform: request.transform, report: report)
    let table = read.takeTable()
    let parts = try request.models.parts(for: read, table, by: nil, report: report)
    for warning in try request.warnings(of: parts, for: read.summary) { report(.warning(warning)) }
    for part in parts {
      try MemoryLimit.ofThisProcess(threadCount: request.threadCount).check(
        part.trainer.memoryDemand(
          users: table.userCount, items: table.itemCount, ratings: table.count)
          + [MemoryDemand("the ratings of a fold", numbers: 3 * Double(table.count))])
    }
    let context = TrainingContext(
      seed: request.seed, compute: ComputeContext(threadCount: request.threadCount))
    var folds: [(reports: [ModelReport], heldOut: HeldOutRatings)] = []
    var intervals: [HeldOutIntervals] = []
    for number in 0..<foldCount {
      let start = ContinuousClock().now
      let ratings = try table.split(by: .fold(number, of: foldCount, seed: request.splitSeed))
      guard ratings.heldOut.count > 0 else { continue }
      let data = TrainingData(
        training: ratings.training, heldOut: ratings.heldOut, summary: read.summary)
      let fitted = try parts.map {
        try Candidate(of: $0.trainer, on: data, in: context).fitted.opened(
          kind: $0.kind, on: ratings)
      }
      func judge(
        _ name: String, _ model: any ScoredModel, _ predictor: (any ScoredModel)? = nil
      ) -> ModelReport {
        ModelReport(
          name: name, model: model, predictor: predictor, ratings: ratings,
          metrics: Metric.detailed, threadCount: request.threadCount)
      }
      let name = parts.map(\.kind).joined(separator: " and ")
      let baselines = try FittedBaseline.all(
        except: parts.map(\.kind), on: ratings, read.summary, seed: request.seed,
        threadCount: request.threadCount)
      folds.append(
        (
          [judge(name, fitted[0], fitted.count > 1 ? fitted[1] : nil)]
            + baselines.map { judge($0.name, $0.model) }, ratings.heldOut
        ))
      let told = HeldOutIntervals(
        by: fitted[fitted.count - 1], of: ratings.heldOut, threadCount: request.threadCount)
      if let told { intervals.append(told) }
      report(
        .judgedFold(
          number: number + 1, of: foldCount, seconds: (ContinuousClock().now - start) / .seconds(1))
      )
    }
    guard let first = folds.first else {
      throw JobError(
        .nothingHeldOut, "hold out none of \(table.count) ratings",
        place: "\(foldCount) folds", remedy: "There are too few ratings to judge by: import more.")
    }
    self.folds = folds.map(\.reports)
    self.intervals = intervals
    reports = first.reports.indices.map { place in
      ModelReport(
        name: first.reports[place].name,
        folds: folds.map { ($0.reports[place], $0.heldOut) })
    }
  }
}
