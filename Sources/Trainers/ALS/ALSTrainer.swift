import Errors
import Interactions
package import Learning

/// Options of the `als` trainer.
package struct ALSOptions: TrainerOptions {
  /// The number of factors per row.
  package var factorCount = 32
  /// The number of passes over users and items.
  package var sweepCount = 15
  /// The regularisation per rating of a row.
  package var regularization = 0.1
  /// Added to a user's number of ratings in the regularisation.
  package var userDamping = 30.0
  /// Added to an item's number of ratings in the regularisation.
  package var itemDamping = 30.0
  package var stopping = StoppingOptions()

  package init() {}
}

/// Trains the `als` model: rating prediction by biases and factors that minimise the squared error. Users and items are
/// solved alternately by least squares, with frequency-scaled regularisation (Zhou, Wilkinson, Schreiber, Pan,
/// "Large-Scale Parallel Collaborative Filtering for the Netflix Prize", 2008, section 3.2). Ratings y are standardised
/// to mean 0 and standard deviation 1. The loss is
///
///     sum over ratings of (y(u, i) - b_u - b_i - p_u . q_i)²
///       + lambda sum over users of (n_u + d) |(b_u, p_u) - f_u s|²
///       + lambda sum over items of (n_i + e) |(b_i, q_i) - f_i t|²
///
/// where n is a row's number of ratings, d and e are the dampings, f is proportional to log(1 + n), and the slopes s
/// and t are learned too. Three things go beyond the paper. Biases are solved as one more coordinate. Dampings hold
/// rows with few ratings closer to their prior, since those say little. Slopes model that frequently rated items are
/// rated higher. On validation splits within a training part of ml-latest-small, a damping of 30 reduced the squared
/// error by 3 %, and the slopes by another 1.5 %.
///
/// An unknown user or item counts as zero, the expected value of a row without ratings.
///
/// **Repeatable:** data, options, seed and the kind of processor determine the model bit for bit, independent of the
/// number of threads. Items are initialised from the seed and their ids.
package struct ALSTrainer: Trainer {
  package static let name = "als"
  package static let summary = "factors and biases, by alternating least squares"
  package static let capabilities: TrainerCapabilities = [
    .iterates, .resumes, .warmStarts, .coldItems,
  ]
  package static let hyperparameters: [Hyperparameter<ALSOptions>] =
    [
      .integer("factors", \.factorCount, in: 1...4096, "latent factors per user and item"),
      .integer(
        "sweeps", \.sweepCount, in: 1...1000, recordsDefault: false, "passes over users and items"),
      .number(
        "regularization", \.regularization, .aboveZero,
        "strength of the L2 regularisation"),
      .number(
        "user-damping", \.userDamping, .atLeastZero, recordsDefault: false,
        "added to each user's number of ratings: higher values shrink more towards 0"),
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

  /// Demands memory for the rows during training and in the returned model, and for a second copy of the ratings by
  /// item.
  package func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand] {
    let width = Double((options.factorCount + 16) / 16 * 16)
    return [
      MemoryDemand(
        option: "factors", options.factorCount,
        numbers: Double(users + items) * (width + Double(options.factorCount))),
      MemoryDemand("the ratings by item", numbers: 2 * Double(ratings)),
    ]
  }

  /// Throws ``TrainingError``: `badOption`; `badData` if there are no ratings, one is not finite, or they are too
  /// large; `diverged` if a system cannot be solved; `badState` for another training's checkpoint; and errors of
  /// callbacks.
  ///
  /// Time per sweep: O(ratings x factors² + rows x factors³). Memory: 4 bytes per factor of each row, 8 bytes per
  /// rating.
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
