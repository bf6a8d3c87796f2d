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
    display: TrainingDisplay
  ) throws -> Candidate {
    let clock = ContinuousClock()
    let start = clock.now
    let tables: FactorTables
    switch self {
    case .popularity:
      tables = Popularity().fit(ratings.training)
    case .biasOnly:
      tables = BiasOnly().fit(ratings.training)
    case .dotBias:
      let trainer = DotBiasTrainer(options.dotBias(outputRange: outputRange))
      tables = try trainer.train(
        on: ratings.training, heldOut: ratings.heldOut, callbacks: [display]
      ).tables
    }
    return Candidate(kind: self, tables: tables, fitSeconds: (clock.now - start) / .seconds(1))
  }
}

extension TrainingOptions {
  /// The options of `dot-bias`.
  fileprivate func dotBias(outputRange: OutputRange?) -> DotBiasOptions {
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
    return options
  }
}
