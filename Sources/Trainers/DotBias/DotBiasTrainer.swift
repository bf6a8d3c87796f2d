import Errors
package import Interactions
import Layers
package import Learning
package import Recommenders
import TensorCore

/// Trains the `dot-bias` model: score(u, i) = b_u + b_i + p_u . q_i, through a scaled sigmoid when
/// there is a range, by mini-batches of squared error with ``AdamW`` and one cycle: what fastai's
/// `collab_learner` does with `EmbeddingDotBias`, to its formulas and its defaults.
///
/// Tables start from `fmod(normal, 2) * 0.01` and are decayed, biases included. There is no global
/// mean: the biases learn it. **Unknown users and items:** fastai keeps a row 0 in each table for
/// them, which no rating ever moves and weight decay shrinks from its small random start; here that
/// row is left out. Its training rows 1 ... n are rows 0 ..< n, and an unknown side counts as zero,
/// in validation as in the finished model.
///
/// **Repeatable:** data, options and the kind of processor determine the tables bit for bit; the
/// number of threads does not matter.
package struct DotBiasTrainer: Sendable {
  package var options: DotBiasOptions

  package init(_ options: DotBiasOptions) { self.options = options }

  /// What a training gives.
  package struct Result: Sendable {
    package let tables: FactorTables
    package let history: TrainingHistory
    /// The epoch that the tables are of: the last one, unless the best was to be kept.
    package let epoch: Int
  }

  /// Trains on `training` and validates on `heldOut` after each epoch.
  ///
  /// - Parameters:
  ///   - start: The tables to start from instead of random ones; their rows are `training`'s.
  ///   - order: The order of ratings, when it is not to follow from the seed.
  ///   - checkpoints: Where to go on from, and where to keep the state of the training.
  ///
  /// Throws ``TrainingError``: `badOption`; `badData` when there are no ratings or one is not finite;
  /// `diverged` with epoch, step, rate and a remedy; `badState` for another training's checkpoint; what
  /// a callback throws. Complexity: O(epochs x ratings x factors); memory: 4 numbers a factor of each
  /// row, and 4 bytes a rating.
  package func train(
    on training: InteractionTable, heldOut: HeldOutRatings? = nil, start: FactorTables? = nil,
    order: SampleOrder? = nil, callbacks: [any TrainingCallback] = [],
    checkpoints: (any CheckpointStore)? = nil
  ) throws(TrainingError) -> Result {
    try options.check()
    let ratings = try TrainingRatings(checking: training, heldOut: heldOut)
    let start = start ?? startingTables(users: ratings.userCount, items: ratings.itemCount)
    let order = order ?? .shuffled(seed: options.seed)
    let result: Result
    if options.isExact {
      let network = DotBiasNetwork(start)
      result = try train(
        exactTraining(of: network, ratings), order, callbacks, checkpoints, network.tables)
    } else {
      let model = deferredTraining(ratings, start)
      result = try train(model, order, callbacks, checkpoints, model.tables)
    }
    guard result.tables.isFinite else {
      throw TrainingError(
        .diverged, "a factor or bias is infinite or no number",
        place: "epoch \(result.history.epochs.count) of \(options.epochCount), rate up to "
          + "\(Float(options.peakRate))",
        remedy: "Try a tenth of the learning rate: \(Float(options.peakRate / 10)).")
    }
    return result
  }

  /// Looks for a learning rate for `training`: see ``Learner/findLearningRate(from:to:stepCount:)``.
  /// The options' own rate and epochs do not matter.
  ///
  /// Throws ``TrainingError``: `badOption`; `badData` when there are no ratings or one is not finite.
  package func findLearningRate(
    on training: InteractionTable, start: FactorTables? = nil, order: SampleOrder? = nil
  ) throws(TrainingError) -> LRCurve {
    var checked = options
    checked.peakRate = .leastNormalMagnitude
    try checked.check()
    let ratings = try TrainingRatings(checking: training, heldOut: nil)
    let start = start ?? startingTables(users: ratings.userCount, items: ratings.itemCount)
    let order = order ?? .shuffled(seed: options.seed)
    return options.isExact
      ? try Learner(
        exactTraining(of: DotBiasNetwork(start), ratings), batchSize: options.batchSize,
        order: order
      ).findLearningRate()
      : try Learner(
        deferredTraining(ratings, start), batchSize: options.batchSize, order: order
      ).findLearningRate()
  }

  private var adamOptions: AdamW.Options {
    AdamW.Options(weightDecay: options.weightDecay, threadCount: options.threadCount)
  }

  private func deferredTraining(
    _ ratings: TrainingRatings, _ start: FactorTables
  ) -> DeferredDotBias {
    DeferredDotBias(
      ratings, start: start, adamOptions: adamOptions, threadCount: options.threadCount)
  }

  private func exactTraining(
    of network: DotBiasNetwork, _ ratings: TrainingRatings
  ) -> ModuleTraining {
    network.training(on: ratings, adamOptions: adamOptions)
  }

  private func train(
    _ model: some GradientTrainable, _ order: SampleOrder, _ callbacks: [any TrainingCallback],
    _ checkpoints: (any CheckpointStore)?, _ tables: () -> FactorTables
  ) throws(TrainingError) -> Result {
    let (history, epoch) = try OneCycleFit(
      epochCount: options.epochCount, batchSize: options.batchSize, peakRate: options.peakRate,
      patience: options.patience, keepsBest: options.keepsBest
    ).train(model, order: order, callbacks: callbacks, checkpoints: checkpoints)
    return Result(tables: tables(), history: history, epoch: epoch)
  }

  /// Random tables from the seed: each from a stream of its own.
  private func startingTables(users: Int, items: Int) -> FactorTables {
    func table(_ count: Int, stream: UInt64) -> [Float] {
      var random = RandomStream(seed: options.seed, stream: stream)
      return [Float](unsafeUninitializedCapacity: count) { numbers, initializedCount in
        Embedding.fillStart(
          UnsafeMutableBufferPointer(rebasing: numbers[..<count]), random: &random)
        initializedCount = count
      }
    }
    return FactorTables(
      factorCount: options.factorCount,
      userFactors: table(users * options.factorCount, stream: 1),
      itemFactors: table(items * options.factorCount, stream: 2),
      userBiases: table(users, stream: 3), itemBiases: table(items, stream: 4), globalMean: 0,
      outputRange: options.outputRange)
  }
}

extension FactorTables {
  /// Whether every number is finite.
  fileprivate var isFinite: Bool {
    [userFactors, itemFactors, userBiases, itemBiases].allSatisfy { numbers in
      // A sum of differences from themselves is 0, or NaN as soon as one is not finite.
      numbers.reduce(0) { $0 + ($1 - $1) } == 0
    }
  }
}
