import Errors
import Interactions
package import Learning
package import Recommenders

/// Options of the `implicit-als` trainer.
package struct ImplicitALSOptions: TrainerOptions {
  /// The number of factors per row.
  package var factorCount = 128
  /// The number of passes over users and items.
  package var sweepCount = 8
  /// The extra confidence of a rating over a pair without one; nil to derive it from the data.
  package var alpha: Double?
  /// The regularisation per unit of a row's confidence; nil to derive it from the data.
  package var regularization: Double?
  /// How a rating's confidence depends on its value.
  package var confidence = Confidence.equal
  package var stopping = StoppingOptions()

  package init() {}
}

/// Trains the `implicit-als` model: matrix factorisation for implicit feedback, over all pairs of users and items
/// including those without a rating, after Hu, Koren, Volinsky ("Collaborative Filtering for Implicit Feedback
/// Datasets", 2008). The loss is
///
///     sum over all (u, i) of c(u, i) (p(u, i) - x_u . y_i)²
///       + sum over u of lambda_u |x_u|² + sum over i of lambda_i |y_i|²
///
/// where p is 1 for pairs with a rating and 0 otherwise, and the confidence c is `1 + alpha w` for a rating of weight w
/// (``Confidence``) and 1 otherwise. A row's regularisation is scaled by its confidences,
/// `lambda_u = lambda x sum over i of c(u, i)`. This is the frequency-scaled regularisation of Rendle, Krichene, Zhang,
/// Koren ("Revisiting the Performance of iALS on Item Recommendation Benchmarks", 2021, eq. 6 with nu = 1, times
/// alpha). It is decisive for quality.
///
/// A sweep solves each user's factors for fixed items, and then each item's for fixed users. Up to 64 factors are
/// solved exactly, more in blocks of 64 (iALS++, Rendle et al., 2021, algorithm 2).
///
/// **Rule of thumb**, if alpha and lambda are not given: ``ImplicitWeights``.
///
/// The score ranks items. It is not a rating, and the model predicts none.
///
/// **Repeatable:** data, options, seed and the kind of processor determine the factors bit for bit, independent of the
/// number of threads. Items are initialised from the seed and their ids, independent of row order.
package struct ImplicitALSTrainer: Trainer {
  package static let name = "implicit-als"
  package static let summary = "ranks: matrix factorisation for implicit feedback, from all pairs"
  package static let capabilities: TrainerCapabilities = [
    .iterates, .resumes, .warmStarts, .ranks, .coldItems,
  ]
  package static let predictsRatings = false
  package static let hyperparameters: [Hyperparameter<ImplicitALSOptions>] =
    [
      .integer("factors", \.factorCount, in: 1...4096, "latent factors per user and item"),
      .integer(
        "sweeps", \.sweepCount, in: 1...1000, recordsDefault: false, "passes over users and items"),
      .automaticNumber(
        "alpha", \.alpha, "how much more a rating counts than a pair without one"),
      .automaticNumber(
        "regularization", \.regularization, "strength of the L2 regularisation"),
      .value(
        "confidence", \.confidence, valueName: "name",
        rule: "one of \(Confidence.allCases.map(\.rawValue).joined(separator: ", "))",
        choices: Confidence.allCases.map(\.rawValue), recordsDefault: false,
        read: { Confidence(rawValue: $0) }, text: { $0.rawValue },
        "confidence in a rating: equal (the same for all), value (its value, such as a count) or log "
          + "(log(1 + value))"),
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

  /// Demands memory for the factors during training and in the returned model, and for a second copy of the ratings by
  /// item.
  package func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand] {
    let width = Double((options.factorCount + 15) / 16 * 16)
    return [
      MemoryDemand(
        option: "factors", options.factorCount,
        numbers: Double(users + items) * (width + Double(options.factorCount))),
      MemoryDemand("the ratings by item", numbers: 2 * Double(ratings)),
    ]
  }

  /// Throws ``TrainingError``: `badOption`; `badData` if there are no ratings, one is not finite, or one is negative
  /// where values are confidences; `diverged` if a system cannot be solved; `badState` for another training's
  /// checkpoint; and errors of callbacks.
  ///
  /// Time per sweep: O(ratings x factors x b + rows x factors² x b), with b = min(factors, 64). Memory: 4 bytes per
  /// factor of each row, 8 bytes per rating.
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
    // Includes held-out ratings, since the final model is trained on them, too.
    if let value = data.summary.values?.lowerBound, value < 0 {
      throw TrainingError(
        .badData, "a rating is \(value), and confidences can't be negative", place: "confidence",
        remedy: "Use equal, or drop such ratings.")
    }
  }
}
