import Errors
import Interactions
package import Learning

/// How a `bayes` model is trained.
package struct BayesOptions: TrainerOptions {
  /// The factors of a sample.
  package var factorCount = 15
  /// Sweeps of the sampler, each of which is a sample.
  package var sweepCount = 160
  /// What of its ratings a row is expected to follow, beside their number.
  package var features = BayesFeatures.none
  package var stopping = StoppingOptions()

  package init() {}

  /// The sweeps that come before the samples that count, in which the sampler finds to where they lie: a
  /// sixth.
  var burnIn: Int { sweepCount / 6 }
}

/// What is known of a user or item before the values of its ratings.
package enum BayesFeatures: String, Sendable, CaseIterable {
  /// How many ratings it has.
  case none
  /// Which ones, too: the items that the user rated, the users that rated the item.
  case sets
}

/// Trains the `bayes` model: ratings predicted by the mean of all models that could have made them, each as
/// much as it is probable, as of Salakhutdinov, Mnih ("Bayesian Probabilistic Matrix Factorization using
/// Markov Chain Monte Carlo", 2008), with biases, and with noise that differs by user and item:
///
///     rating(u, i) = level + b_u + b_i + p_u . q_i + noise,   noise of the precision alpha tau_u tau_i
///     (b_u, p_u) normal around f_u s with a precision matrix of all users', (b_i, q_i) of all items' alike,
///     f_u in proportion to the logarithm of 1 and the number of the user's ratings, the slope s normal,
///     the matrices of Wishart's distribution with the identity as its scale,
///     tau_u and tau_i of the gamma distribution of shape 5 and mean 1, alpha of gamma(1, 0.01)
///
/// for ratings brought to a mean of 0 and a deviation of 1. Factors have no mean beside that: a bias that
/// is correlated with them, as the matrices allow, says the same. Of everything samples are drawn in turn,
/// given the rest (Gibbs sampling); no learning rate and no regularisation is to be found. Users whose
/// ratings follow no taste so count less (Lakshminarayanan, Bouchard, Archambeau, 2011): on validation splits of
/// ml-latest-small that took 4 % from the squared error, and a precision matrix rather than its diagonal
/// another 0.5 %, and what is expected from the number of ratings, of rare items above all, another 1.5 %.
///
/// The model is the mean of the samples behind the first sixth, the items at what they are expected to be
/// given the users (Rao and Blackwell), reduced to a factor model of 32 factors for samples of 15
/// (``ProductMean``).
/// An unknown user or item counts as zero, which is what is expected of one.
///
/// **Repeatable:** data, options, seed and the kind of processor determine the model bit for bit; the number
/// of threads does not matter.
package struct BayesTrainer: Trainer {
  package static let name = "bayes"
  package static let summary = "the mean of all likely models of factors and biases, by sampling"
  package static let capabilities: TrainerCapabilities = [
    .iterates, .resumes, .coldItems,
  ]
  package static let hyperparameters: [Hyperparameter<BayesOptions>] =
    [
      .integer("factors", \.factorCount, in: 1...4096, "numbers learned for each user and item"),
      .integer(
        "sweeps", \.sweepCount, in: 1...1000, recordsDefault: false, "passes over users and items"),
      .value(
        "features", \.features, rule: "none or sets",
        choices: BayesFeatures.allCases.map(\.rawValue), recordsDefault: false,
        read: { BayesFeatures(rawValue: $0) }, text: { $0.rawValue },
        "what tells of a user or item beside the values of its ratings: none, or sets (which items they "
          + "are of, which users)"),
    ] + StoppingOptions.hyperparameters.map { $0.within(\.stopping) }

  package var options: BayesOptions

  package init(options: BayesOptions = BayesOptions()) { self.options = options }

  package var searchedOptions: [SearchedOption] {
    [
      .integer("factors", 8...48), .choice("features", BayesFeatures.allCases.map(\.rawValue)),
    ]
  }

  /// The sample, what items are expected to be, the mean with room for samples, and the model that is
  /// handed over; the ratings once more by item.
  package func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand] {
    let factors = options.factorCount
    let width = Double((factors + 16) / 16 * 16)
    let mean = Double(
      ProductMean.capacity(users: users, items: items, factorCount: factors)
        + ProductMean.rank(users: users, items: items, factorCount: factors))
    let effects = options.features == .none ? 0 : 4 * Double(users + items) * width
    return [
      MemoryDemand(
        option: "factors", factors,
        numbers: Double(users + items) * (width + mean) + Double(items) * width + effects),
      MemoryDemand("the ratings by item", numbers: 2 * Double(ratings)),
    ]
  }

  /// Throws ``TrainingError``: `badOption`; `badData` when there are no ratings, one is not finite, or they
  /// are too large; `diverged` when a system can't be solved; `badState` for another training's checkpoint;
  /// what a callback throws. Complexity of a sweep: O(ratings x factors² + rows x factors³); memory: 30
  /// bytes a factor of each row, 8 bytes a rating.
  package func fit(
    _ data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> FittedModel {
    try check(data)
    let training = BayesianFactorization(data, options, seed: context.seed, in: context.compute)
    let course = try options.stopping.run(training, in: context)
    return FittedModel(try training.tables(), course: course)
  }
}
