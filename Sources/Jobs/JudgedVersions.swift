import Errors
package import Evaluation
package import Interactions
package import ModelRegistry
package import Ratings
import Recommenders

/// Published versions that are judged anew beside the baselines, on the store's ratings as they are now.
///
/// What is held out is what the first of them had held out, as its run records: a random split holds out
/// the same as the ratings grow, so that no model has seen what it is judged by.
package struct JudgedVersions {
  /// The ratings that they are judged on.
  package let ratings: SplitRatings
  /// What the store knows of items.
  package let items: [ItemID: Item]
  private let models: [(name: String, model: any ScoredModel, predictor: (any ScoredModel)?)]
  private let threadCount: Int

  /// Reads the ratings, with times where they are to be kept or the split needs them, verifies and opens `numbers` of `versions`, and learns the baselines where
  /// `besideBaselines` says so.
  ///
  /// Throws what the store and the versions throw, and ``JobError`` `nothingHeldOut` for a version that
  /// was trained on all ratings.
  package init(
    _ numbers: [Int], of versions: ModelVersions, on store: any RatingsStore,
    from source: RatingsSource, besideBaselines: Bool, keepingTimes: Bool = false,
    threadCount: Int,
    report: (JobEvent) -> Void
  ) throws {
    precondition(!numbers.isEmpty, "a version to judge")
    let opened = try numbers.map { try ComparedVersion($0, of: versions) }
    let parameters = opened[0].manifest.splitParameters
    let split = try Split(
      parameters["split"] ?? "none", seed: parameters["split-seed"].flatMap { UInt64($0) } ?? 0)
    guard parameters["split"] ?? "none" != "none" else {
      throw JobError(
        .nothingHeldOut, "was trained on all ratings: none is left to judge it by",
        place: "version \(numbers[0])", remedy: "Train with a split other than none.")
    }
    for version in opened where version.manifest.splitParameters != parameters {
      report(
        .warning(
          .otherSplit(
            name: "version \(version.manifest.version)",
            parameters: version.manifest.splitParameters)))
    }
    var read = try ReadRatings(
      store, from: source, keepingTimes: keepingTimes || split.needsTimes, report: report)
    ratings = try read.takeTable().split(by: split)
    guard ratings.heldOut.count > 0 else {
      throw JobError(
        .nothingHeldOut, "holds no ratings out of \(ratings.training.count)",
        place: "split \(split)",
        remedy: "There are too few ratings to judge by: import more.")
    }
    items = read.items
    self.threadCount = threadCount
    var models = opened.map { version in
      (
        name: "version \(version.manifest.version)", model: version.model,
        predictor: version.predictor
      )
    }
    if besideBaselines {
      models += try FittedBaseline.all(
        on: ratings, read.summary, seed: 0, threadCount: threadCount
      ).map { ($0.name, $0.model, nil) }
    }
    self.models = models
  }

  /// What each is worth on `part` of the ratings, by `metrics`.
  package func reports(on part: SplitRatings, by metrics: [Metric]) -> [ModelReport] {
    models.map { name, model, predictor in
      ModelReport(
        name: name, model: model, predictor: predictor, ratings: part, metrics: metrics,
        threadCount: threadCount)
    }
  }
}

extension Manifest {
  /// What was held out by the run that made the version.
  var splitParameters: [String: String] {
    run.parameters.filter { ["split", "split-seed"].contains($0.key) }
  }
}
