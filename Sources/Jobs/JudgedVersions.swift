import Errors
package import Evaluation
package import Interactions
package import ModelRegistry
package import Ratings
package import Recommenders

/// Published versions, judged again with the baselines on the store's current ratings.
///
/// Holds out the ratings that the first version's split holds out, as recorded in its run, without those that
/// any of the versions was trained on. A random split holds out the same ratings as their number grows;
/// others do not.
package struct JudgedVersions {
  /// The ratings that they are judged on.
  package let ratings: SplitRatings
  /// The store's metadata of items.
  package let items: [ItemID: Item]
  /// The training runs of the versions.
  package let runs: [TrainingRun]
  /// The versions, followed by the baselines.
  package let models: [JudgedVersion]
  private let threadCount: Int

  /// Reads the ratings, with times if they are to be kept or a split needs them, verifies and opens `numbers`
  /// of `versions`, and trains the baselines if `besideBaselines`.
  ///
  /// Throws what the store and the versions throw. Throws ``JobError`` `nothingHeldOut` for a version trained
  /// on all ratings, and if all ratings to be held out were trained on.
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
        .nothingHeldOut, "holds out none of \(ratings.training.count) ratings",
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

  /// The prediction intervals of the first version for the held-out ratings; nil if it does not provide any.
  package var intervals: HeldOutIntervals? {
    HeldOutIntervals(
      by: models[0].predictor ?? models[0].model, of: ratings.heldOut, threadCount: threadCount)
  }

  /// Returns each model's answers for the held-out ratings, as far as `metrics` need them.
  package func answers(for metrics: [Metric]) -> [ModelAnswers] {
    models.map { version in
      ModelAnswers(
        name: version.name, model: version.model, predictor: version.predictor, ratings: ratings,
        metrics: metrics.filter { version.predictsTheValues || !$0.isOfPredictions },
        threadCount: threadCount)
    }
  }
}

/// A judged model.
package struct JudgedVersion: Sendable {
  /// Its name in reports.
  package let name: String
  package let model: any ScoredModel
  /// The model that predicts ratings, beside one that ranks; nil if there is none.
  package var predictor: (any ScoredModel)?
  /// Whether it predicts the values by which it is judged.
  var predictsTheValues = true
}
