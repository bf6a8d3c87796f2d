import Errors
import Interactions
package import Learning
import Recommenders

/// How a `graph-filter` model is trained.
package struct GraphFilterOptions: TrainerOptions {
  /// The signals on the graph that the ideal low-pass filter lets through.
  package var componentCount = 128
  /// How much the ideal low-pass filter counts beside the linear one.
  package var lowPass = 0.3
  /// How many weights are kept for each item.
  package var weightsPerItem = 400

  package init() {}
}

/// Learns the `graph-filter` model: items are nodes of a graph, with edges by the users they have in
/// common, and a user's ratings are a signal on it, of which what changes slowly along the edges is kept. In
/// closed form, with the matrix R of users by items, 1 where there is a rating and else 0, the numbers of
/// ratings D_U and D_I on both sides, and `N = D_U^-½ R D_I^-½`, a user's scores are
///
///     R(u, *) (Nᵀ N + alpha D_I^-½ V Vᵀ D_I^½)
///
/// where V are N's right singular vectors of the largest values (GF-CF: Shen et al., "How Powerful is Graph
/// Convolution for Recommendation?", 2021, eq. 9). V is found by ``RandomizedSVD``.
///
/// On validation splits of ml-latest-small 128 signals rank better than the paper's 256 (NDCG@10 0.206 and
/// 0.198).
///
/// The model is of weights between items, as that of `item-item` is. The largest of each item are kept,
/// ``GraphFilterOptions/weightsPerItem``, and no table of all pairs of items is held; what leaving out the
/// others costs is measured on lists for some of the users and told by `latent models show`.
///
/// **Repeatable:** data, options, seed and the kind of processor determine the model bit for bit; the number
/// of threads does not matter.
package struct GraphFilterTrainer: Trainer {
  package static let name = "graph-filter"
  package static let summary =
    "ranks, baseline: what is smooth on the graph of items, in closed form (GF-CF)"
  package static let capabilities: TrainerCapabilities = .ranks
  package static let predictsRatings = false
  package static let hyperparameters: [Hyperparameter<GraphFilterOptions>] = [
    .integer(
      "components", \.componentCount, in: 1...4096,
      "signals on the graph that the low-pass filter lets through"),
    .number(
      "low-pass", \.lowPass, .atLeastZero,
      "how much the low-pass filter counts beside the linear one"),
    .integer(
      "weights", \.weightsPerItem, in: 1...100_000, recordsDefault: false,
      "weights kept for each item, on the mean"),
  ]

  package var options: GraphFilterOptions

  package init(options: GraphFilterOptions = GraphFilterOptions()) { self.options = options }

  /// The vectors, the weights that are kept, and the ratings by item.
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

  /// Throws ``TrainingError``: `badOption`; `badData` when there are no ratings; `cancelled`. O(ratings x
  /// components + items² x components); memory: 4 bytes a component of each row, 16 bytes a weight.
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
