package import Interactions
package import Recommenders

/// The baseline that recommends to everyone what most people rated, and predicts an item's mean:
///
///     prediction(u, i) = globalMean + itemBiases[i]
///     itemBiases[i] = sum over the item's ratings of (value - globalMean) / (their number + damping)
///
/// so that an item with few ratings is held near the mean of all (the item part of Koren, "Factor in
/// the Neighbors", 2010, section 2.2). Items are ranked by their number of ratings. All users,
/// known or not, get the same predictions; an unknown item has the bias 0. Deterministic.
package struct Popularity: ClosedFormTrainer {
  /// How strongly items with few ratings are held near the mean.
  package struct Options: TrainerOptions {
    /// Added to an item's number of ratings.
    package var damping = 5.0

    package init() {}
  }

  package static let name = "popularity"
  package static let summary = "baseline: what most people rated"
  package static let capabilities: TrainerCapabilities = .ranks
  package static let hyperparameters: [Hyperparameter<Options>] = [
    .number(
      "damping", \.damping, .atLeastZero, recordsDefault: false,
      "added to each item's number of ratings: the more, the nearer its mean to that of all")
  ]

  package var options: Options

  package init(options: Options = Options()) { self.options = options }

  /// Learns the item means: O(ratings).
  package func fit(_ training: InteractionTable) -> FactorTables {
    let mean = training.meanValue()
    let itemBiases = dampedMeans(
      rows: training.items, count: training.itemCount, damping: options.damping
    ) { Double(training.values[$0]) - mean }
    return FactorTables(
      factorCount: 0, userFactors: [], itemFactors: [],
      userBiases: Array(repeating: 0, count: training.userCount),
      itemBiases: itemBiases.map { Float($0) }, globalMean: Float(mean), ranking: .popularity)
  }
}
