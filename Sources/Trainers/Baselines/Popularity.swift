import Errors
import Foundation
package import Interactions
package import Learning
package import Ratings
package import Recommenders

/// A baseline that recommends the most-rated items to everyone, and predicts an item's damped mean:
///
///     prediction(u, i) = globalMean + itemBiases[i]
///     itemBiases[i] = sum over the item's ratings of (value - globalMean) / (their number + damping)
///
/// so that items with few ratings are shrunk towards the global mean (the item part of Koren, "Factor in the
/// Neighbors", 2010, section 2.2). Items are ranked by their number of ratings. All users, known or not, get the same
/// predictions; an unknown item has bias 0. Deterministic.
///
/// With a half-life h, items are ranked by recent popularity: an item's score is the sum over its ratings of
/// `2^(-age / h)`, with ages relative to the newest rating of all. The model then predicts no ratings.
package struct Popularity: ClosedFormTrainer {
  /// Options of the `popularity` trainer.
  package struct Options: TrainerOptions {
    /// Added to an item's number of ratings.
    package var damping = 5.0
    /// The time after which a rating counts half; nil for never.
    package var halfLife: Period?

    package init() {}
  }

  package static let name = "popularity"
  package static let summary = "baseline: the most-rated items"
  package static let capabilities: TrainerCapabilities = .ranks
  package static let hyperparameters: [Hyperparameter<Options>] = [
    .number(
      "damping", \.damping, .atLeastZero, recordsDefault: false,
      "added to each item's number of ratings: higher values pull its mean towards the global mean"),
    .value(
      "half-life", \.halfLife, valueName: "period",
      rule: "a whole number above 0 with its unit, such as 30d, 36h or 90m", recordsDefault: false,
      read: { Period($0).map { $0 as Period? } }, text: { $0?.description },
      isGood: { $0.map { $0.seconds > 0 } ?? true },
      "rank by recent popularity: the time after which a rating counts half"),
  ]

  package var options: Options

  package init(options: Options = Options()) { self.options = options }

  package var needsTimes: Bool { options.halfLife != nil }

  /// Computes the item means, or the recent popularity: O(ratings). Throws ``TrainingError`` `badData` if there is a
  /// half-life and a rating has no time.
  package func fit(_ training: InteractionTable) throws(TrainingError) -> FactorTables {
    if let halfLife = options.halfLife { return try current(training, halfLife: halfLife) }
    let mean = training.meanValue()
    let itemBiases = dampedMeans(
      rows: training.items, count: training.itemCount, damping: options.damping
    ) { Double(training.values[$0]) - mean }
    return FactorTables(
      factorCount: 0, userFactors: [], itemFactors: [],
      userBiases: Array(repeating: 0, count: training.userCount),
      itemBiases: itemBiases.map { Float($0) }, globalMean: Float(mean), ranking: .popularity)
  }

  /// Returns tables of recent popularity: the sum of each item's ratings, weighted by exponential decay from the
  /// newest.
  private func current(
    _ training: InteractionTable, halfLife: Period
  ) throws(TrainingError) -> FactorTables {
    let times = training.times ?? []
    let missing = training.count - times.count { $0 != Timestamp.missing }
    guard missing == 0 else {
      throw TrainingError(
        .badData, "\(missing) of \(training.count) ratings have no time", place: "half-life",
        remedy: "Omit it, or import the ratings with their times.")
    }
    let newest = Double(times.max() ?? 0)
    var sums = [Double](repeating: 0, count: training.itemCount)
    for (item, time) in zip(training.items, times) {
      let age = (newest - Double(time)) / 1e6 / Double(halfLife.seconds)
      sums[Int(item)] += exp2(-age)
    }
    return FactorTables(
      factorCount: 0, userFactors: [], itemFactors: [],
      userBiases: Array(repeating: 0, count: training.userCount),
      itemBiases: sums.map { Float($0) }, globalMean: 0, ranking: .preference)
  }
}
