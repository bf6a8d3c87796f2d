import FactorModels
import Factorization
import Interactions
import Learning
import Ratings

/// A model that was learned, with the time it took.
struct Candidate {
  let kind: ModelKind
  let tables: FactorTables
  /// Wall-clock seconds of learning alone.
  let fitSeconds: Double
}

extension ModelKind {
  /// Learns a model of this kind from the training part of `ratings`.
  func train(
    on ratings: SplitRatings, options: TrainingOptions, outputRange: OutputRange?,
    with accompaniment: Accompaniment
  ) throws -> Candidate {
    let clock = ContinuousClock()
    let start = clock.now
    let tables: FactorTables
    var seconds: Double { (clock.now - start) / .seconds(1) }
    switch self {
    case .popularity:
      tables = Popularity().fit(ratings.training)
    case .biasOnly:
      tables = BiasOnly().fit(ratings.training)
    case .dotBias:
      let result = try DotBiasTrainer(options.dotBias(outputRange: outputRange)).train(
        on: ratings.training, heldOut: ratings.heldOut, callbacks: accompaniment.callbacks,
        checkpoints: accompaniment.checkpoints)
      let fitSeconds = seconds
      try accompaniment.conclude(result.history, keptEpoch: result.epoch)
      return Candidate(kind: self, tables: result.tables, fitSeconds: fitSeconds)
    }
    return Candidate(kind: self, tables: tables, fitSeconds: seconds)
  }
}

extension TrainingOptions {
  /// The options of `dot-bias`.
  func dotBias(outputRange: OutputRange?) -> DotBiasOptions {
    var options = DotBiasOptions()
    options.factorCount = factors
    options.epochCount = epochs
    options.batchSize = batch
    options.peakRate = learningRate
    options.weightDecay = weightDecay
    options.outputRange = outputRange
    options.seed = seed
    options.threadCount = threadCount
    options.isExact = exact
    options.patience = earlyStop
    options.keepsBest = keepBest
    return options
  }
}
