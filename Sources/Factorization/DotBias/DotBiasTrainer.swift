import ExplainedErrors
package import FactorModels
package import Interactions
import Layers
package import Learning
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
  }

  /// Trains on `training` and validates on `heldOut` after each epoch.
  ///
  /// - Parameters:
  ///   - start: The tables to start from instead of random ones; their rows are `training`'s.
  ///   - order: The order of ratings, when it is not to follow from the seed.
  ///
  /// Throws ``TrainingError``: `badOption`; `badData` when there are no ratings or one is not finite;
  /// `diverged` with epoch, step, rate and a remedy; what a callback throws. Complexity:
  /// O(epochs x ratings x factors); memory: 4 numbers a factor of each row, and 4 bytes a rating.
  package func train(
    on training: InteractionTable, heldOut: HeldOutRatings? = nil, start: FactorTables? = nil,
    order: SampleOrder? = nil, callbacks: [any TrainingCallback] = []
  ) throws(TrainingError) -> Result {
    try options.check()
    guard training.values.allSatisfy(\.isFinite), heldOut?.values.allSatisfy(\.isFinite) ?? true
    else {
      throw TrainingError(
        .badData, "a rating is not finite", place: "ratings",
        remedy: "Correct it and import it again.")
    }
    let ratings = DotBiasRatings(training, heldOut: heldOut)
    let start = start ?? startingTables(users: ratings.userCount, items: ratings.itemCount)
    let order = order ?? .shuffled(seed: options.seed)
    let result =
      options.isExact
      ? try trainExactly(ratings, start: start, order: order, callbacks)
      : try trainDeferring(ratings, start: start, order: order, callbacks)
    guard result.tables.isFinite else {
      throw TrainingError(
        .diverged, "a factor or bias is infinite or no number",
        place: "epoch \(result.history.epochs.count) of \(options.epochCount), rate up to "
          + "\(Float(options.peakRate))",
        remedy: "Try a tenth of the learning rate: \(Float(options.peakRate / 10)).")
    }
    return result
  }

  private var adamOptions: AdamW.Options { AdamW.Options(weightDecay: options.weightDecay) }

  private func trainDeferring(
    _ ratings: DotBiasRatings, start: FactorTables, order: SampleOrder,
    _ callbacks: [any TrainingCallback]
  ) throws(TrainingError) -> Result {
    let model = DeferredDotBias(
      ratings, start: start, adamOptions: adamOptions, threadCount: options.threadCount)
    let learner = Learner(
      model, batchSize: options.batchSize, order: order, callbacks: callbacks)
    let history = try learner.fitOneCycle(
      epochCount: options.epochCount, peakRates: [options.peakRate])
    return Result(tables: model.tables(), history: history)
  }

  private func trainExactly(
    _ ratings: DotBiasRatings, start: FactorTables, order: SampleOrder,
    _ callbacks: [any TrainingCallback]
  ) throws(TrainingError) -> Result {
    let network = DotBiasNetwork(start)
    let optimizer = AdamW([ParameterGroup("tables", of: network)], options: adamOptions)
    var snapshot: FactorRowsSnapshot?
    let model = ModuleTraining(
      optimizer: optimizer, trainingCount: ratings.training.count,
      validationCount: ratings.heldOut?.count ?? 0, lossBound: ratings.lossBound(start.outputRange),
      trainingLoss: { samples, pass throws(TensorError) in
        let columns = ratings.training
        let predictions = try network(
          users: samples.map { columns.users[Int($0)] },
          items: samples.map { columns.items[Int($0)] }, in: pass)
        let targets = Tensor([samples.count], samples.map { columns.values[Int($0)] })
        return try pass.tape.meanSquaredError(predictions, Variable(targets))
      },
      willValidate: {
        snapshot = FactorRowsSnapshot(
          FactorRows(network.tables()), after: 0, of: nil, outputRange: start.outputRange)
      },
      heldOutLoss: { samples, _ throws(TensorError) in
        guard let snapshot, let heldOut = ratings.heldOut else { return Variable(Tensor(.nan)) }
        return Variable(Tensor(snapshot.meanSquaredError(of: samples, in: heldOut)))
      })
    let learner = Learner(
      model, batchSize: options.batchSize, order: order, callbacks: callbacks)
    let history = try learner.fitOneCycle(
      epochCount: options.epochCount, peakRates: [options.peakRate])
    return Result(tables: network.tables(), history: history)
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
