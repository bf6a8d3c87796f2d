import Layers
package import Learning
package import Recommenders
package import TensorCore

/// How a `dot-bias` model is trained. The defaults are those of fastai's book.
package struct DotBiasOptions: DescentTrainerOptions {
  /// The length of a row of factors.
  package var factorCount = 50
  package var descent = GradientDescentOptions()
  /// Whether the score is the product of factors alone, as before fastai adds the biases.
  package var isWithoutBiases = false
  /// Where predictions may lie.
  package var range = PredictionRange.automatic
  /// Whether every row takes part in every step, as in fastai, rather than make up for the steps it
  /// missed when it is next needed. Some twenty times slower; for comparisons.
  package var isExact = false

  package init() {}
}

/// Trains the `dot-bias` model: score(u, i) = b_u + b_i + p_u . q_i, through a scaled sigmoid when
/// there is a range, by mini-batches of squared error with ``AdamW`` and one cycle: what fastai's
/// `collab_learner` does with `EmbeddingDotBias`, to its formulas and its defaults.
///
/// Tables start from `fmod(normal, 2) * 0.01` and are decayed, biases included. There is no global
/// mean: the biases learn it. With ``DotBiasOptions/isWithoutBiases`` these are 0, fastai's `DotProduct`. **Unknown users and items:** fastai keeps a row 0 in each table for
/// them, which no rating ever moves and weight decay shrinks from its small random start; here that
/// row is left out. Its training rows 1 ... n are rows 0 ..< n, and an unknown side counts as the mean bias
/// of its side, in validation as in the finished model, whose biases lie around a global mean.
///
/// **Repeatable:** data, options and the kind of processor determine the tables bit for bit; the
/// number of threads does not matter.
///
/// Complexity: O(epochs x ratings x factors); memory: 4 numbers a factor of each row, and 4 bytes a rating.
package struct DotBiasTrainer: DescentTrainer {
  package static let name = "dot-bias"
  package static let summary = "factors and biases, in steps by AdamW: fastai's EmbeddingDotBias"
  package static let hyperparameters: [Hyperparameter<DotBiasOptions>] =
    [
      .integer("factors", \.factorCount, in: 1...4096, "numbers learned for each user and item")
    ] + GradientDescentOptions.hyperparameters().map { $0.within(\.descent) } + [
      PredictionRange.hyperparameter(\.range),
      .flag(
        "no-biases", \.isWithoutBiases,
        "the product of factors alone: what biases are worth is seen beside it"),
      .flag(
        "exact", \.isExact, recordsDefault: true,
        "step every row in every batch, as fastai does; slow, for comparisons"),
    ]

  package var options: DotBiasOptions

  package init(options: DotBiasOptions = DotBiasOptions()) { self.options = options }

  package var searchedOptions: [SearchedOption] {
    GradientDescentOptions.searchedOptions + [.integer("factors", 16...128)]
  }

  /// A number itself, three of the optimiser's, and the finished one; in a batch each row once.
  package func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand] {
    let rows = Double(users + items)
    let length = Double(options.factorCount + 2)
    let batch = Double(min(options.descent.batchSize, max(ratings, 1)))
    return [
      MemoryDemand(option: "factors", options.factorCount, numbers: 5 * rows * length),
      MemoryDemand(
        option: "batch", options.descent.batchSize, numbers: min(2 * batch, rows) * length),
    ]
  }

  /// Random tables from the seed: each from a stream of its own.
  package func start(
    for ratings: TrainingRatings, range: OutputRange?, seed: UInt64
  ) -> FactorTables {
    func table(_ count: Int, stream: UInt64) -> [Float] {
      var random = RandomStream(seed: seed, stream: stream)
      return [Float](unsafeUninitializedCapacity: count) { numbers, initializedCount in
        Embedding.fillStart(
          UnsafeMutableBufferPointer(rebasing: numbers[..<count]), random: &random)
        initializedCount = count
      }
    }
    func biases(_ count: Int, stream: UInt64) -> [Float] {
      options.isWithoutBiases
        ? [Float](repeating: 0, count: count) : table(count, stream: stream)
    }
    let (users, items) = (ratings.userCount, ratings.itemCount)
    return FactorTables(
      factorCount: options.factorCount,
      userFactors: table(users * options.factorCount, stream: 1),
      itemFactors: table(items * options.factorCount, stream: 2),
      userBiases: biases(users, stream: 3), itemBiases: biases(items, stream: 4), globalMean: 0,
      outputRange: range)
  }

  package func model(
    from start: FactorTables, on ratings: TrainingRatings, in context: ComputeContext
  ) -> (trained: any GradientTrainable, tables: () -> FactorTables) {
    let adamOptions = options.descent.adamOptions
    if options.isExact {
      let network = DotBiasNetwork(start, hasBiases: !options.isWithoutBiases)
      return (
        network.training(on: ratings, adamOptions: adamOptions, context: context), network.tables
      )
    }
    let model = DeferredDotBias(
      ratings, start: start, hasBiases: !options.isWithoutBiases, adamOptions: adamOptions,
      threadCount: context.threadCount)
    return (model, model.tables)
  }
}

extension FactorTables: DescentTables {
  package static var noun: String { "a factor or bias" }
  package var columns: [[Float]] { [userFactors, itemFactors, userBiases, itemBiases] }

  /// The same scores by biases around 0, so that an unknown side, which counts as zero, has the mean bias.
  package func finished(trainingLoss: Double?) -> FactorTables {
    var tables = self
    let (userMean, itemMean) = (userBiases.mean, itemBiases.mean)
    tables.userBiases = userBiases.map { $0 - userMean }
    tables.itemBiases = itemBiases.map { $0 - itemMean }
    tables.globalMean += userMean + itemMean
    tables.foldIn = .population(noise: trainingLoss)
    return tables
  }
}

extension [Float] {
  /// The mean, summed in order in double precision; 0 for none.
  var mean: Float { isEmpty ? 0 : Float(reduce(0.0) { $0 + Double($1) } / Double(count)) }
}
