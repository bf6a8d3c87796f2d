import Errors
import Interactions
package import Learning
import Recommenders

/// Options of the `svd` trainer.
package struct SVDOptions: TrainerOptions {
  /// The number of factors per row.
  package var factorCount = 48

  package init() {}
}

/// Trains the `svd` model: the truncated SVD of the matrix of users by items, 1 where there is a rating and 0
/// elsewhere. It ranks items by
///
///     score(u, i) = U(u, *) diag(values) V(i, *)ᵀ
///
/// (PureSVD: Cremonesi, Koren, Turrin, "Performance of Recommender Algorithms on Top-N Recommendation Tasks", 2010,
/// section 3.2.2, with 1 for a rating). Computed by ``RandomizedSVD``. A personalised baseline: unlike `implicit-als`,
/// it treats pairs without a rating as equally certain as those with one.
///
/// **Repeatable:** data, options, seed and the kind of processor determine the model bit for bit, independent of the
/// number of threads.
package struct SVDTrainer: Trainer {
  package static let name = "svd"
  package static let summary = "ranks, baseline: truncated SVD of the user-item matrix"
  package static let capabilities: TrainerCapabilities = [.ranks, .coldItems]
  package static let predictsRatings = false
  package static let hyperparameters: [Hyperparameter<SVDOptions>] = [
    .integer("factors", \.factorCount, in: 1...4096, "latent factors per user and item")
  ]

  package var options: SVDOptions

  package init(options: SVDOptions = SVDOptions()) { self.options = options }

  /// Demands memory for the vectors, those in the returned model, and the ratings by item.
  package func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand] {
    [
      MemoryDemand(
        option: "factors", options.factorCount,
        numbers: 2 * Double(users + items) * Double((options.factorCount + 27) / 16 * 16)),
      MemoryDemand("the ratings by item", numbers: 2 * Double(ratings)),
    ]
  }

  /// Throws ``TrainingError``: `badOption`; `badData` if there are no ratings; `cancelled`. Time:
  /// O(ratings x factors + rows x factors²).
  package func fit(
    _ data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> FittedModel {
    try check(data)
    let table = data.training
    guard
      let svd = try RandomizedSVD(
        users: RatingLists(ofUsers: table), items: RatingLists(ofItems: table),
        userScales: Array(repeating: 1, count: table.userCount),
        itemScales: Array(repeating: 1, count: table.itemCount),
        streams: table.itemIdentifiers.hashes(seed: context.seed), rank: options.factorCount,
        seed: context.seed, in: context.compute,
        check: { () throws(TrainingError) in try context.cancellation?.check(at: Self.name) })
    else { throw .spectrumDiverged }
    let rank = svd.values.count
    var tables = FactorTables(
      factorCount: rank, userFactors: svd.left,
      itemFactors: svd.right.enumerated().map { $1 * svd.values[$0 % rank] },
      userBiases: [Float](repeating: 0, count: table.userCount),
      itemBiases: [Float](repeating: 0, count: table.itemCount), globalMean: 0,
      ranking: .preference)
    // U's rows minimise the squared error, with 1 for a rating and 0 otherwise.
    tables.foldIn = .implicit(alpha: 0, regularization: 0, confidence: .equal)
    return FittedModel(tables)
  }
}

extension ExplainedError<TrainingErrorCode> {
  /// An overflow of single precision, although all ratings count as 1.
  static var spectrumDiverged: TrainingError {
    TrainingError(
      .diverged, "the SVD of the ratings can't be computed in single precision",
      place: "ratings", remedy: "Train implicit-als instead.")
  }
}
