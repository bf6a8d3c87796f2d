import Errors
import Interactions
package import Learning
import Recommenders

/// Options of the `graph-filter` trainer.
package struct GraphFilterOptions: TrainerOptions {
  /// The number of components of the ideal low-pass filter.
  package var componentCount = 128
  /// The weight of the ideal low-pass filter relative to the linear one.
  package var lowPass = 0.3
  /// The number of weights kept per item.
  package var weightsPerItem = 400

  package init() {}
}

/// Trains the `graph-filter` model. Items are nodes of a graph whose edges are common users. A user's ratings are a
/// signal on it, which is low-pass filtered: the part that varies slowly along edges is kept. The filter has a closed
/// form. Let R be the matrix of users by items, 1 where there is a rating and 0 elsewhere; D_U and D_I the numbers of
/// ratings on both sides; and `N = D_U^-½ R D_I^-½`. A user's scores are
///
///     R(u, *) (Nᵀ N + alpha D_I^-½ V Vᵀ D_I^½)
///
/// where V are N's right singular vectors with the largest singular values (GF-CF: Shen et al., "How Powerful is Graph
/// Convolution for Recommendation?", 2021, eq. 9). V is computed by ``RandomizedSVD``.
///
/// On validation splits of ml-latest-small, 128 components rank better than the paper's 256 (NDCG@10 0.206 and 0.198).
///
/// The model consists of weights between items, like that of `item-item`. The largest
/// ``GraphFilterOptions/weightsPerItem`` weights of each item are kept, and the matrix of all item pairs is never held
/// in memory. The effect of dropping the others is measured on the lists of some users and reported by
/// `latent models show`.
///
/// **Repeatable:** data, options, seed and the kind of processor determine the model bit for bit, independent of the
/// number of threads.
package struct GraphFilterTrainer: Trainer {
  package static let name = "graph-filter"
  package static let summary =
    "ranks, baseline: a low-pass filter on the item graph, in closed form (GF-CF)"
  package static let capabilities: TrainerCapabilities = .ranks
  package static let predictsRatings = false
  package static let hyperparameters: [Hyperparameter<GraphFilterOptions>] = [
    .integer(
      "components", \.componentCount, in: 1...4096,
      "singular vectors that the low-pass filter keeps"),
    .number(
      "low-pass", \.lowPass, .atLeastZero,
      "weight of the low-pass filter relative to the linear one"),
    .integer(
      "weights", \.weightsPerItem, in: 1...100_000, recordsDefault: false,
      "weights kept for each item, on average"),
  ]

  package var options: GraphFilterOptions

  package init(options: GraphFilterOptions = GraphFilterOptions()) { self.options = options }

  /// Demands memory for the vectors, the kept weights, and the ratings by item.
  package func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand] {
    let vectors = Double((options.componentCount + 27) / 16 * 16)
    return [
      MemoryDemand(
        option: "components", options.componentCount, numbers: 2 * Double(users + items) * vectors),
      MemoryDemand(
        option: "weights", options.weightsPerItem,
        numbers: 4 * Double(items) * Double(min(options.weightsPerItem, items))),
      MemoryDemand("the ratings by item", numbers: 2 * Double(ratings)),
    ]
  }

  /// Throws ``TrainingError``: `badOption`; `badData` if there are no ratings; `cancelled`. Time:
  /// O(ratings x components + items² x components). Memory: 4 bytes per component of each row, 16 bytes per weight.
  package func fit(
    _ data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> FittedModel {
    try check(data)
    func stopIfAsked() throws(TrainingError) { try context.cancellation?.check(at: Self.name) }
    guard
      let filter = try GraphFilter(
        data.training, components: options.componentCount, lowPass: Float(options.lowPass),
        seed: context.seed, in: context.compute, check: stopIfAsked)
    else { throw .spectrumDiverged }
    return FittedModel(
      try filter.tables(weightsPerItem: options.weightsPerItem, check: stopIfAsked))
  }
}
