import Errors
import Interactions
package import Learning
import Recommenders

/// How an `svd` model is trained.
package struct SVDOptions: TrainerOptions {
  /// The length of a row of factors.
  package var factorCount = 48

  package init() {}
}

/// Trains the `svd` model: the matrix of users by items, 1 where there is a rating and else 0, reduced to
/// its largest singular values, which ranks items by
///
///     score(u, i) = U(u, *) diag(values) V(i, *)ᵀ
///
/// (PureSVD: Cremonesi, Koren, Turrin, "Performance of Recommender Algorithms on Top-N Recommendation Tasks",
/// 2010, section 3.2.2, with 1 for a rating). By ``RandomizedSVD``. A baseline that knows of taste: unlike `implicit-als`
/// it takes each pair without a rating for as certain as one with.
///
/// **Repeatable:** data, options, seed and the kind of processor determine the model bit for bit; the number
/// of threads does not matter.
package struct SVDTrainer: Trainer {
  package static let name = "svd"
  package static let summary = "ranks, baseline: the largest singular values of who rated what"
  package static let capabilities: TrainerCapabilities = [.ranks, .coldItems]
  package static let predictsRatings = false
  package static let hyperparameters: [Hyperparameter<SVDOptions>] = [
    .integer("factors", \.factorCount, in: 1...4096, "numbers learned for each user and item")
  ]

  package var options: SVDOptions

  package init(options: SVDOptions = SVDOptions()) { self.options = options }

  /// The vectors, those that are handed over, and the ratings by item.
  package func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand] {
    [
      MemoryDemand(
        option: "factors", options.factorCount,
        numbers: 2 * Double(users + items) * Double((options.factorCount + 27) / 16 * 16)),
      MemoryDemand("the ratings by item", numbers: 2 * Double(ratings)),
    ]
  }

  /// Throws ``TrainingError``: `badOption`; `badData` when there are no ratings; `cancelled`. O(ratings x
  /// factors + rows x factors²).
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
    // U's rows are those that minimise the error, with 1 for a rating and else 0.
    tables.foldIn = .implicit(alpha: 0, regularization: 0, confidence: .equal)
    return FittedModel(tables)
  }
}

extension ExplainedError<TrainingErrorCode> {
  /// Numbers beyond what single precision holds, of ratings that are all 1.
  static var spectrumDiverged: TrainingError {
    TrainingError(
      .diverged, "the singular values of the ratings can't be found in single precision",
      place: "ratings", remedy: "Train implicit-als, which needs none.")
  }
}
