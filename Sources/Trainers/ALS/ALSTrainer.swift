import Errors
import Interactions
package import Learning

/// How an `als` model is trained.
package struct ALSOptions: TrainerOptions {
  /// The length of a row of factors.
  package var factorCount = 32
  /// Passes over users and items.
  package var sweepCount = 15
  /// The regularisation, for each of a row's ratings.
  package var regularization = 0.1
  /// Added to a user's number of ratings in the regularisation.
  package var userDamping = 30.0
  /// Added to an item's number of ratings.
  package var itemDamping = 30.0
  package var stopping = StoppingOptions()

  package init() {}
}

/// Trains the `als` model: ratings predicted by biases and factors that minimise the squared error, by
/// least squares for the users and the items in turn, with the regularisation scaled by frequency (Zhou,
/// Wilkinson, Schreiber, Pan, "Large-Scale Parallel Collaborative Filtering for the Netflix Prize", 2008,
/// section 3.2). For ratings y that are brought to a mean of 0 and a deviation of 1 it minimises
///
///     sum over ratings of (y(u, i) - b_u - b_i - p_u . q_i)²
///       + lambda sum over users of (n_u + d) |(b_u, p_u) - f_u s|²
///       + lambda sum over items of (n_i + e) |(b_i, q_i) - f_i t|²
///
/// where n is a row's number of ratings, d and e are the dampings, f is in proportion to the logarithm of
/// 1 + n, and the slopes s and t are learned too. Beyond the paper are the biases, which are solved as one
/// more coordinate; the dampings, as a rating says little of a row that has few; and the slopes: what is
/// rated often is rated higher. On validation splits within a training part of ml-latest-small a damping
/// of 30 took 3 % from the squared error, and the slopes another 1.5 %.
///
/// An unknown user or item counts as zero, which is what is expected of one without ratings.
///
/// **Repeatable:** data, options, seed and the kind of processor determine the model bit for bit; the number
/// of threads does not matter. Items start from numbers that follow from the seed and their ids.
package struct ALSTrainer: Trainer {
  package static let name = "als"
  package static let summary = "factors and biases, by least squares for users and items in turn"
  package static let capabilities: TrainerCapabilities = [
    .iterates, .resumes, .warmStarts, .coldItems,
  ]
  package static let hyperparameters: [Hyperparameter<ALSOptions>] =
    [
      .integer("factors", \.factorCount, in: 1...4096, "numbers learned for each user and item"),
      .integer(
        "sweeps", \.sweepCount, in: 1...1000, recordsDefault: false, "passes over users and items"),
      .number(
        "regularization", \.regularization, .aboveZero,
        "how strongly what is learned is held near 0"),
      .number(
        "user-damping", \.userDamping, .atLeastZero, recordsDefault: false,
        "added to each user's number of ratings: the more, the nearer to 0 what is learned of them"),
      .number(
        "item-damping", \.itemDamping, .atLeastZero, recordsDefault: false,
        "added to each item's number of ratings"),
    ] + StoppingOptions.hyperparameters.map { $0.within(\.stopping) }

  package var options: ALSOptions

  package init(options: ALSOptions = ALSOptions()) { self.options = options }

  package var searchedOptions: [SearchedOption] {
    [
      .ratio("regularization", 0.02...0.5), .ratio("user-damping", 3...100),
      .ratio("item-damping", 3...100), .integer("factors", 8...64),
    ]
  }

  /// The rows in learning and those that are handed over, and the ratings once more by item.
  package func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand] {
    let width = Double((options.factorCount + 16) / 16 * 16)
    return [
      MemoryDemand(
        option: "factors", options.factorCount,
        numbers: Double(users + items) * (width + Double(options.factorCount))),
      MemoryDemand("the ratings by item", numbers: 2 * Double(ratings)),
    ]
  }

  /// Throws ``TrainingError``: `badOption`; `badData` when there are no ratings, one is not finite, or they
  /// are too large; `diverged` when a system can't be solved; `badState` for another training's checkpoint;
  /// what a callback throws. Complexity of a sweep: O(ratings x factors² + rows x factors³); memory: 4 bytes
  /// a factor of each row, 8 bytes a rating.
  package func fit(
    _ data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> FittedModel {
    try check(data)
    let start = try WarmStart(context.start, factorCount: options.factorCount)
    let training = AlternatingLeastSquares(
      data, options, seed: context.seed, from: start, in: context.compute)
    let course = try options.stopping.run(training, in: context)
    return FittedModel(try training.tables(), course: course)
  }
}
