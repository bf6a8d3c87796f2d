import Layers
package import Learning
package import Recommenders
package import TensorCore

/// Options of the `dot-bias` trainer. The defaults are those of fastai's book.
package struct DotBiasOptions: DescentTrainerOptions {
  /// The number of factors per row.
  package var factorCount = 50
  package var descent = GradientDescentOptions()
  /// Whether the score is the product of factors alone, as in fastai's model before biases are added.
  package var isWithoutBiases = false
  /// The range of predictions.
  package var range = PredictionRange.automatic
  /// Whether every row takes part in every step, as in fastai, instead of catching up on missed updates when next
  /// needed. About twenty times slower; for comparisons.
  package var isExact = false

  package init() {}
}

/// Trains the `dot-bias` model: score(u, i) = b_u + b_i + p_u . q_i, passed through a scaled sigmoid if there is a
/// range. Minimises the squared error on mini-batches with ``AdamW`` and the one-cycle schedule, with the formulas and
/// defaults of fastai's `collab_learner` with `EmbeddingDotBias`.
///
/// Tables are initialised with `fmod(normal, 2) * 0.01`, and weight decay applies to all of them, including biases.
/// There is no global mean: the biases learn it. With ``DotBiasOptions/isWithoutBiases`` the biases are 0, which is
/// fastai's `DotProduct`.
///
/// **Unknown users and items:** fastai keeps a row 0 in each table for them, which no rating ever updates and weight
/// decay shrinks from its small random start. That row is omitted here. Fastai's training rows 1 ... n are rows
/// 0 ..< n. An unknown user or item counts as the mean bias of its side, both in validation and in the finished model,
/// whose biases are centred on a global mean.
///
/// **Repeatable:** data, options and the kind of processor determine the tables bit for bit, independent of the number
/// of threads.
///
/// Time: O(epochs x ratings x factors). Memory: 4 numbers per factor of each row, and 4 bytes per rating.
package struct DotBiasTrainer: DescentTrainer {
  package static let name = "dot-bias"
  package static let capabilities: TrainerCapabilities = [
    .iterates, .learningRate, .resumes, .coldItems,
  ]
  package static let summary = "factors and biases, by mini-batch AdamW: fastai's EmbeddingDotBias"
  package static let hyperparameters: [Hyperparameter<DotBiasOptions>] =
    [
      .integer("factors", \.factorCount, in: 1...4096, "latent factors per user and item")
    ] + GradientDescentOptions.hyperparameters().map { $0.within(\.descent) } + [
      PredictionRange.hyperparameter(\.range),
      .flag(
        "no-biases", \.isWithoutBiases,
        "learn factors without biases, for comparison"),
      .flag(
        "exact", \.isExact, recordsDefault: true,
        "update every row in every batch, as fastai does; slow, for comparison"),
    ]

  package var options: DotBiasOptions

  package init(options: DotBiasOptions = DotBiasOptions()) { self.options = options }

  package var searchedOptions: [SearchedOption] {
    GradientDescentOptions.searchedOptions + [.integer("factors", 16...128)]
  }

  /// Demands memory for each number, three of optimiser state, and the finished one; and for each row of a batch once.
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

  /// Returns random tables from the seed, each from its own stream.
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

  /// Returns tables with the same scores and biases centred on 0, so that an unknown user or item, which counts as
  /// zero, has the mean bias.
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
  /// The mean, summed in order in double precision; 0 if empty.
  var mean: Float { isEmpty ? 0 : Float(reduce(0.0) { $0 + Double($1) } / Double(count)) }
}
