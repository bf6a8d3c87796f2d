import Errors
import Interactions
package import Learning
package import Recommenders

/// How an `implicit-als` model is trained.
package struct ImplicitALSOptions: TrainerOptions {
  /// The length of a row of factors.
  package var factorCount = 128
  /// Passes over users and items.
  package var sweepCount = 8
  /// How much more a rating counts than a pair without one; nil has it follow from the data.
  package var alpha: Double?
  /// The regularisation, for each unit of confidence of a row; nil has it follow from the data.
  package var regularization: Double?
  /// What of a rating's value its confidence is made of.
  package var confidence = Confidence.equal
  package var stopping = StoppingOptions()

  package init() {}
}

/// Trains the `implicit-als` model: which items a user has to do with at all, by factors learned from all
/// pairs of users and items, those without a rating among them, as of Hu, Koren, Volinsky
/// ("Collaborative Filtering for Implicit Feedback Datasets", 2008). It minimises
///
///     sum over all (u, i) of c(u, i) (p(u, i) - x_u . y_i)²
///       + sum over u of lambda_u |x_u|² + sum over i of lambda_i |y_i|²
///
/// where p is 1 for pairs with a rating and else 0, and the confidence c is `1 + alpha w` for a rating of
/// the weight w (``Confidence``) and else 1. The regularisation of a row is scaled by its confidences,
/// `lambda_u = lambda x sum over i of c(u, i)`, which is the frequency-scaled one of Rendle, Krichene,
/// Zhang, Koren ("Revisiting the Performance of iALS on Item Recommendation Benchmarks", 2021, eq. 6 with
/// nu = 1, times alpha): it decides the quality.
///
/// A sweep solves each user's factors for the items as they stand, and then each item's, exactly where
/// there are up to 64 factors, else 64 at a time (iALS++, Rendle et al., 2021, algorithm 2).
///
/// **Rule of thumb**, for alpha and lambda that are not given: ``ImplicitWeights``.
///
/// The score ranks items; it is no rating, and the model predicts none.
///
/// **Repeatable:** data, options, seed and the kind of processor determine the factors bit for bit; the
/// number of threads does not matter. Items start from numbers that follow from the seed and their ids,
/// wherever they stand.
package struct ImplicitALSTrainer: Trainer {
  package static let name = "implicit-als"
  package static let summary = "ranks: factors of who has to do with what, from all pairs"
  package static let capabilities: TrainerCapabilities = [
    .iterates, .resumes, .warmStarts, .ranks, .coldItems,
  ]
  package static let predictsRatings = false
  package static let hyperparameters: [Hyperparameter<ImplicitALSOptions>] =
    [
      .integer("factors", \.factorCount, in: 1...4096, "numbers learned for each user and item"),
      .integer(
        "sweeps", \.sweepCount, in: 1...1000, recordsDefault: false, "passes over users and items"),
      .automaticNumber(
        "alpha", \.alpha, "how much more a rating counts than a pair without one"),
      .automaticNumber(
        "regularization", \.regularization, "how strongly what is learned is held near 0"),
      .value(
        "confidence", \.confidence, valueName: "name",
        rule: "one of \(Confidence.allCases.map(\.rawValue).joined(separator: ", "))",
        choices: Confidence.allCases.map(\.rawValue), recordsDefault: false,
        read: { Confidence(rawValue: $0) }, text: { $0.rawValue },
        "what of a rating counts: equal (that it is there), value (its value, such as a count) or log "
          + "(the logarithm of 1 and the value)"),
    ] + StoppingOptions.hyperparameters.map { $0.within(\.stopping) }

  package var options: ImplicitALSOptions

  package init(options: ImplicitALSOptions = ImplicitALSOptions()) { self.options = options }

  package var readsValues: Bool { options.confidence != .equal }

  package var searchedOptions: [SearchedOption] {
    var usual = options
    (usual.alpha, usual.regularization) = (nil, nil)
    let options = usual
    return [
      .ratio("alpha", 0.125...8) { ImplicitWeighting(options, $0).alpha },
      .ratio("regularization", 0.125...8) { ImplicitWeighting(options, $0).regularization },
    ]
  }

  /// The factors in learning and those that are handed over, and the ratings once more by item.
  package func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand] {
    let width = Double((options.factorCount + 15) / 16 * 16)
    return [
      MemoryDemand(
        option: "factors", options.factorCount,
        numbers: Double(users + items) * (width + Double(options.factorCount))),
      MemoryDemand("the ratings by item", numbers: 2 * Double(ratings)),
    ]
  }

  /// Throws ``TrainingError``: `badOption`; `badData` when there are no ratings, one is not finite, or is
  /// below 0 where values are confidences; `diverged` when a system can't be solved; `badState` for
  /// another training's checkpoint; what a callback throws. Complexity of a sweep: O(ratings x factors x
  /// 64 + rows x factors² x 64), with min(factors, 64) for 64; memory: 4 bytes a factor of each row,
  /// 8 bytes a rating.
  package func fit(
    _ data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> FittedModel {
    try check(data)
    try checkConfidences(data)
    let start = try WarmStart(context.start, factorCount: options.factorCount)
    let training = ImplicitALS(
      data, options, seed: context.seed, from: start, in: context.compute)
    let course = try options.stopping.run(training, in: context)
    return FittedModel(try training.tables(), course: course)
  }

  private func checkConfidences(_ data: TrainingData) throws(TrainingError) {
    guard options.confidence != .equal else { return }
    // Held-out ones among them: they are learned from in the end.
    if let value = data.summary.values?.lowerBound, value < 0 {
      throw TrainingError(
        .badData, "a rating is \(value), and no confidence is below 0", place: "confidence",
        remedy: "Say equal, or leave such ratings out.")
    }
  }
}
