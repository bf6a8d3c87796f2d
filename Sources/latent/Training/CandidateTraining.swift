import Interactions
import Learning
import Ratings
import Recommenders
import Trainers

/// A model that was learned, with the time it took.
struct Candidate {
  let kind: ModelKind
  let learned: Learned
  /// Wall-clock seconds of learning alone, the parts before an interruption among them.
  let fitSeconds: Double

  /// What the form of the model asks for.
  enum Learned {
    case factors(FactorTables)
    case network(EmbeddingMLPTables)
  }

  /// All that the model's file is to hold.
  func contents(_ catalogue: ModelCatalogueContents) -> any ModelContents {
    switch learned {
    case .factors(let tables):
      FactorModelContents(kind: kind.rawValue, catalogue: catalogue, tables: tables)
    case .network(let tables):
      EmbeddingMLPContents(kind: kind.rawValue, catalogue: catalogue, tables: tables)
    }
  }
}

extension ModelKind {
  /// Learns a model of this kind from the training part of `ratings`.
  func train(
    on ratings: SplitRatings, options: TrainingOptions, outputRange: OutputRange?,
    with accompaniment: Accompaniment
  ) throws -> Candidate {
    let clock = ContinuousClock()
    let start = clock.now
    var seconds: Double { (clock.now - start) / .seconds(1) }
    switch self {
    case .popularity:
      let tables = Popularity().fit(ratings.training)
      return Candidate(kind: self, learned: .factors(tables), fitSeconds: seconds)
    case .biasOnly:
      let tables = BiasOnly().fit(ratings.training)
      return Candidate(kind: self, learned: .factors(tables), fitSeconds: seconds)
    case .dotBias:
      let result = try DotBiasTrainer(options.dotBias(outputRange: outputRange)).train(
        on: ratings.training, heldOut: ratings.heldOut, callbacks: accompaniment.callbacks,
        checkpoints: accompaniment.checkpoints)
      let fitSeconds = max(seconds, result.history.seconds)
      accompaniment.conclude(result.history, keptEpoch: result.epoch, options)
      return Candidate(kind: self, learned: .factors(result.tables), fitSeconds: fitSeconds)
    case .neural:
      let result = try NeuralTrainer(options.neural(outputRange: outputRange)).train(
        on: ratings.training, heldOut: ratings.heldOut, callbacks: accompaniment.callbacks,
        checkpoints: accompaniment.checkpoints)
      let fitSeconds = max(seconds, result.history.seconds)
      accompaniment.conclude(result.history, keptEpoch: result.epoch, options)
      return Candidate(kind: self, learned: .network(result.tables), fitSeconds: fitSeconds)
    }
  }
}

extension TrainingHistory {
  /// The wall-clock seconds of all steps, those before an interruption among them.
  fileprivate var seconds: Double { (epochs.last?.elapsed ?? .zero) / .seconds(1) }
}

extension TrainingOptions {
  /// The options of `neural`.
  func neural(outputRange: OutputRange?) -> NeuralOptions {
    var options = NeuralOptions()
    options.hiddenSizes = layers.sizes
    options.epochCount = epochs
    options.batchSize = batch
    options.peakRate = learningRate
    options.weightDecay = weightDecay
    options.outputRange = outputRange
    options.seed = seed
    options.threadCount = threadCount
    options.patience = earlyStop
    options.keepsBest = keepBest
    return options
  }

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
