import Errors
package import Evaluation
package import Interactions
package import ModelRegistry
package import Ratings
package import Recommenders

/// Published versions that are judged anew beside the baselines, on the store's ratings as they are now.
///
/// What is held out is what the first of them had held out, as its run records, but for what one of them has
/// learned from: a random split holds out the same as the ratings grow, others do not.
package struct JudgedVersions {
  /// The ratings that they are judged on.
  package let ratings: SplitRatings
  /// What the store knows of items.
  package let items: [ItemID: Item]
  /// What they were trained by.
  package let runs: [TrainingRun]
  /// The versions, and the baselines behind them.
  package let models: [JudgedVersion]
  private let threadCount: Int

  /// Reads the ratings, with times where they are to be kept or a split needs them, verifies and opens
  /// `numbers` of `versions`, and learns the baselines where `besideBaselines` says so.
  ///
  /// Throws what the store and the versions throw, and ``JobError`` `nothingHeldOut` for a version that
  /// was trained on all ratings, and where all that would be held out was learned from.
  package init(
    _ numbers: [Int], of versions: ModelVersions, on store: any RatingsStore,
    from source: RatingsSource, besideBaselines: Bool, keepingTimes: Bool = false,
    threadCount: Int,
    report: (JobEvent) -> Void
  ) throws {
    precondition(!numbers.isEmpty, "a version to judge")
    let opened = try numbers.map { try ComparedVersion($0, of: versions) }
    let parameters = opened[0].manifest.splitParameters
    let split = try opened[0].manifest.recordedSplit()
    guard split != .none else {
      throw JobError(
        .nothingHeldOut, "was trained on all ratings: none is left to judge it by",
        place: "version \(numbers[0])", remedy: "Train with a split other than none.")
    }
    let needsTimes = opened.contains { $0.manifest.split?.needsTimes ?? false }
    var read = try ReadRatings(
      store, from: source, keepingTimes: keepingTimes || needsTimes,
      transform: opened[0].manifest.transform, report: report)
    var ratings = try read.takeTable().split(by: split)
    guard ratings.heldOut.count > 0 else {
      throw JobError(
        .nothingHeldOut, "holds no ratings out of \(ratings.training.count)",
        place: "split \(split)",
        remedy: "There are too few ratings to judge by: import more.")
    }
    var isFair = [Bool](repeating: true, count: ratings.heldOut.count)
    for version in opened {
      let unseen = version.unseen(of: ratings, split: parameters)
      isFair = zip(isFair, unseen).map { $0 && $1 }
      let seenCount = unseen.count { !$0 }
      guard seenCount > 0 else { continue }
      let name = "version \(version.manifest.version)"
      guard isFair.contains(true) else {
        throw JobError(
          .nothingHeldOut,
          "has learned from \(seenCount) of \(unseen.count) held-out ratings, and none is left to judge by",
          place: name, remedy: "Compare versions that were trained with the same random split.")
      }
      report(.warning(.leftOut(version.seen(of: unseen, as: name, split: parameters))))
    }
    for version in opened where version.knowsNobody(of: ratings.heldOut.ratings) {
      report(.warning(.knowsNobody(name: "version \(version.manifest.version)")))
    }
    if isFair.contains(false) { ratings = ratings.holdingOut { isFair[$0] } }
    items = read.items
    self.ratings = ratings
    self.threadCount = threadCount
    runs = opened.map(\.manifest.run)
    var models = opened.map { version in
      JudgedVersion(
        name: "version \(version.manifest.version)", model: version.model,
        predictor: version.predictor,
        predictsTheValues: version.manifest.transform == opened[0].manifest.transform)
    }
    for version in models where !version.predictsTheValues {
      report(.warning(.otherTransform(name: version.name)))
    }
    if besideBaselines {
      models += try FittedBaseline.all(
        on: ratings, read.summary, seed: 0, threadCount: threadCount
      ).map { JudgedVersion(name: $0.name, model: $0.model) }
    }
    self.models = models
  }

  /// Between which ratings the first of the versions says that held-out ones lie; nil where it does not know.
  package var intervals: HeldOutIntervals? {
    HeldOutIntervals(
      by: models[0].predictor ?? models[0].model, of: ratings.heldOut, threadCount: threadCount)
  }

  /// What each says of the held-out ratings, as far as `metrics` need it.
  package func answers(for metrics: [Metric]) -> [ModelAnswers] {
    models.map { version in
      ModelAnswers(
        name: version.name, model: version.model, predictor: version.predictor, ratings: ratings,
        metrics: metrics.filter { version.predictsTheValues || !$0.isOfPredictions },
        threadCount: threadCount)
    }
  }
}

/// One of the models that are judged.
package struct JudgedVersion: Sendable {
  /// What it is called in reports.
  package let name: String
  package let model: any ScoredModel
  /// The one that predicts ratings beside one that ranks; nil where there is none.
  package var predictor: (any ScoredModel)?
  /// Whether its predictions are of the values that it is judged by.
  var predictsTheValues = true
}
