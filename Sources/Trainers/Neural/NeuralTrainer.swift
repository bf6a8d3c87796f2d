import Errors
package import Interactions
package import Learning
package import Recommenders

/// Trains the `neural` model by mini-batches of squared error with ``AdamW`` and one cycle: what
/// fastai's `collab_learner` does with `use_nn`, to its formulas and its defaults.
///
/// **Unknown users and items** are row 0 of their embedding, which no rating moves: weight decay
/// shrinks it from its small random start, as in fastai.
///
/// **Repeatable:** data, options and the kind of processor determine the network bit for bit; the
/// number of threads does not matter.
package struct NeuralTrainer: Sendable {
  package var options: NeuralOptions

  package init(_ options: NeuralOptions) { self.options = options }

  /// What a training gives.
  package struct Result: Sendable {
    package let tables: EmbeddingMLPTables
    package let history: TrainingHistory
    /// The epoch that the tables are of: the last one, unless the best was to be kept.
    package let epoch: Int
  }

  /// Trains on `training` and validates on `heldOut` after each epoch.
  ///
  /// - Parameters:
  ///   - start: The network to start from instead of a random one, which is changed.
  ///   - order: The order of ratings, when it is not to follow from the seed.
  ///   - checkpoints: Where to go on from, and where to keep the state of the training.
  ///
  /// Throws ``TrainingError``: `badOption`; `badData` when there are fewer than two ratings or one is
  /// not finite; `diverged` with epoch, step, rate and a remedy; `badState` for another training's
  /// checkpoint; what a callback throws. Complexity: O(steps x (batch x numbers of the layers +
  /// numbers of the embeddings)); memory: 4 numbers for each of the network's, and 12 bytes a rating.
  package func train(
    on training: InteractionTable, heldOut: HeldOutRatings? = nil, start: NeuralNetwork? = nil,
    order: SampleOrder? = nil, callbacks: [any TrainingCallback] = [],
    checkpoints: (any CheckpointStore)? = nil
  ) throws(TrainingError) -> Result {
    try options.check()
    let ratings = try TrainingRatings(checking: training, heldOut: heldOut)
    let network = start ?? startingNetwork(ratings)
    let (history, epoch) = try OneCycleFit(
      epochCount: options.epochCount, batchSize: options.batchSize, peakRate: options.peakRate,
      patience: options.patience, keepsBest: options.keepsBest
    ).train(
      network.training(on: ratings, adamOptions: adamOptions),
      order: order ?? .shuffled(seed: options.seed), callbacks: callbacks,
      checkpoints: checkpoints)
    let tables = network.tables()
    guard tables.isFinite else {
      throw TrainingError(
        .diverged, "a number of the network is infinite or no number",
        place: "epoch \(history.epochs.count) of \(options.epochCount), rate up to "
          + "\(Float(options.peakRate))",
        remedy: "Try a tenth of the learning rate: \(Float(options.peakRate / 10)).")
    }
    return Result(tables: tables, history: history, epoch: epoch)
  }

  /// Looks for a learning rate for `training`: see ``Learner/findLearningRate(from:to:stepCount:)``.
  /// The options' own rate and epochs do not matter.
  ///
  /// Throws ``TrainingError``: `badOption`; `badData` when there are fewer than two ratings or one is
  /// not finite.
  package func findLearningRate(
    on training: InteractionTable, start: NeuralNetwork? = nil, order: SampleOrder? = nil
  ) throws(TrainingError) -> LRCurve {
    var checked = options
    checked.peakRate = .leastNormalMagnitude
    try checked.check()
    let ratings = try TrainingRatings(checking: training, heldOut: nil)
    let network = start ?? startingNetwork(ratings)
    return try Learner(
      network.training(on: ratings, adamOptions: adamOptions), batchSize: options.batchSize,
      order: order ?? .shuffled(seed: options.seed)
    ).findLearningRate()
  }

  private var adamOptions: AdamW.Options {
    AdamW.Options(weightDecay: options.weightDecay, threadCount: options.threadCount)
  }

  private func startingNetwork(_ ratings: TrainingRatings) -> NeuralNetwork {
    NeuralNetwork(
      userCount: ratings.userCount, itemCount: ratings.itemCount,
      hiddenSizes: options.hiddenSizes, outputRange: options.outputRange, seed: options.seed)
  }
}

extension EmbeddingMLPTables {
  /// Whether every number is finite.
  fileprivate var isFinite: Bool {
    let columns =
      [userEmbeddings.numbers, itemEmbeddings.numbers, outputWeights, [outputBias]]
      + hiddenLayers.flatMap {
        [$0.weights.numbers, $0.scales, $0.biases, $0.runningMeans, $0.runningVariances]
      }
    return columns.allSatisfy { column in
      // A sum of differences from themselves is 0, or NaN as soon as one is not finite.
      column.reduce(0) { $0 + ($1 - $1) } == 0
    }
  }
}
