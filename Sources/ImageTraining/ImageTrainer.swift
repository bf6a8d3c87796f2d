import Errors
package import ImageModels
import Images
import Layers
package import Learning
package import ModelRegistry
package import TensorCore

/// Trains a network on a data set of images.
///
///     let trainer = try ImageTrainer(data, options)
///     let course = try trainer.fit(callbacks: [display])
///     try staged.add(trainer.contents)
package final class ImageTrainer {
  package let network: ImageNetwork
  package internal(set) var description: ImageModelDescription
  /// Of how many held-out images no class had a probability over 0.5, before temperatures, when ``calibrate()`` was
  /// called; nil of other tasks than classes.
  package internal(set) var unsureCount: Int?
  let data: TrainingImages
  private let options: ImageTrainingOptions
  /// The highest rates, those of the options unless others are set.
  package var peakRates: PeakRates
  /// Made when first used, since its batches go by the steps that it has taken.
  private lazy var training = makeTraining()
  /// Batches of images of the size that is trained on now; nil until a batch is wanted.
  private var prepared: ImageBatches?
  /// The images' sizes one after the other, each with its epochs, and which is trained on now.
  private let phases: [TrainingPhase]
  private var phase = 0

  /// A network that starts from the seed or, where a file is given, from its backbone's weights; then its images
  /// are normalised as those weights expect it, unless the options say how.
  ///
  /// Throws ``ModelFileErrorCode/wrongTensor`` for weights of another network.
  package init(
    _ data: TrainingImages, _ options: ImageTrainingOptions, weights: SafetensorsFile? = nil
  ) throws(ModelFileError) {
    var options = options
    if let weights, options.transform.normalization == nil {
      options.transform.normalization = try PretrainedInput(of: weights).normalization(
        channels: options.transform.channels)
    }
    self.data = data
    self.options = options
    phases = options.phases
    peakRates = options.peakRates
    description = ImageModelDescription(
      task: data.task, backbone: options.backbone, input: options.transform)
    description.keptChannels = options.keptChannels
    var random = RandomStream(seed: options.seed, stream: 0)
    network = description.network(random: &random)
    if let weights { try network.loadBackbone(from: weights) }
  }

  private func makeTraining() -> ModuleTraining {
    let batches = BatchSizes(options.batchSize, samples: data.training.count)
    var settings = ModuleTraining.Options()
    settings.context = ComputeContext(
      threadCount: options.threadCount, precision: options.precision)
    settings.seed = options.seed
    settings.microBatchSize = options.microBatchSize
    settings.metrics = data.task.metrics
    var validations = 0
    return ModuleTraining(
      network,
      optimizer: AdamW(
        network.groups, options: AdamW.Options(weightDecay: options.weightDecay)),
      loss: data.task.loss(weights: options.classWeights, smoothing: options.smoothing),
      options: settings,
      trainingCount: data.training.count, validationCount: data.heldOut.count,
      trainingBatch: { [unowned self, network] (samples, pass) throws(TensorError) in
        // The samples are a slice of the epoch's order.
        let place = BatchPlace(
          epoch: (training.stepsTaken - 1) / batches.trainingCount,
          range: samples.startIndex..<samples.endIndex)
        let batch = try asTensorError { () throws(TrainingError) in
          try preparedBatches().training(place)
        }
        return (try network(Variable(batch.images), in: pass), batch.targets)
      },
      willValidate: { validations += 1 },
      heldOutBatch: { [unowned self, network] (samples, pass) throws(TensorError) in
        let place = BatchPlace(epoch: validations, range: samples)
        let batch = try asTensorError { () throws(TrainingError) in
          try preparedBatches().heldOut(place)
        }
        return (try network(Variable(batch.images), in: pass), batch.targets)
      })
  }

  /// The batches of the phase that is trained on now.
  private func preparedBatches() -> ImageBatches {
    if let prepared { return prepared }
    let batches = BatchSizes(options.batchSize, samples: data.training.count)
    let made = ImageBatches(
      data, phases[phase].transform, batches: batches,
      unit: options.microBatchSize ?? batches.size,
      epochCount: phases[...phase].reduce(0) { $0 + $1.totalEpochCount },
      order: .shuffled(seed: options.seed), seed: options.seed, threadCount: options.threadCount,
      mixing: options.mixing)
    prepared = made
    return made
  }

  /// Trains on images of the sizes of a phase from now on.
  private func begin(_ number: Int) {
    if number != phase { prepared = nil }
    phase = number
  }

  /// Trains the network and returns what each epoch came to.
  ///
  /// Where there are several phases, each begins with the weights, batch norms' statistics and running means of the
  /// optimiser that the one before ended with (fine-tuning begins those means anew, as in fastai), and runs a
  /// schedule of its own. What is kept, and when it is stopped early, goes by each phase alone: losses of images of
  /// other sizes tell nothing of each other.
  ///
  /// - Parameter phaseWillBegin: Told of the sizes, where there are several.
  ///
  /// Throws as ``Learner`` does, `diverged` for a validation loss and weights that are not finite, too, and
  /// `badOption` when there is no validation loss to go by.
  package func fit(
    callbacks: [any TrainingCallback] = [], checkpoints: (any CheckpointStore)? = nil,
    phaseWillBegin: (TrainingPhase) -> Void = { _ in }
  ) throws(TrainingError) -> ImageTrainingCourse {
    let best = options.keepsBest ? BestWeights(of: training) : nil
    var all: [any TrainingCallback] = best.map { [$0] } ?? []
    // Behind the one that restores the best weights: what is kept is looked at.
    all.append(DivergenceStop(of: network))
    if let patience = options.patience { all.append(EarlyStopping(patience: patience)) }
    let learner = learner(callbacks: all + callbacks, checkpoints)
    var earlier: [TrainingHistory] = []
    var last = TrainingHistory()
    for (number, phase) in phases.enumerated() {
      begin(number)
      if phases.count > 1 { phaseWillBegin(phase) }
      if number > 0 { earlier.append(last) }
      if let freezeEpochCount = phase.freezeEpochCount {
        let rates = try peakRates.values(groupCount: training.groupCount)
        let histories = try learner.fineTune(
          epochCount: phase.epochCount, baseRate: rates[rates.count - 1],
          freezeEpochCount: freezeEpochCount)
        earlier.append(histories.frozen)
        last = histories.whole
      } else {
        last = try learner.fit(
          epochCount: phase.epochCount, peakRates: peakRates,
          schedule: options.schedule.schedule(epochCount: phase.epochCount))
      }
    }
    return ImageTrainingCourse(
      earlier: earlier, last: last, keptEpoch: best?.epoch ?? last.epochs.count)
  }

  /// Searches the rate that training begins with: of the head alone where that is trained first. The weights stay as
  /// they are. Throws `noLearningRate` when no rate can be told by the losses.
  package func usefulLearningRate() throws(TrainingError) -> Double {
    begin(0)
    if options.freezeEpochCount ?? 0 > 0 { try training.freeze() }
    let curve = try findLearningRate()
    training.unfreeze()
    guard let rate = LRSuggestions(curve).valley else {
      throw TrainingError(
        .noLearningRate, "the losses tell of no rate at which they fall",
        place: "search for a learning rate",
        remedy: "Look at their curve, and give a rate.")
    }
    return rate
  }

  /// Freezes all but the head: for a search of its rate.
  package func freeze() throws(TrainingError) { try training.freeze() }

  /// What the learning rate finder sees, from the weights as they stand, which it leaves as they are.
  package func findLearningRate() throws(TrainingError) -> LRCurve {
    try learner(callbacks: [], nil).findLearningRate()
  }

  /// Predictions for the held-out images, in their order, `[images, outputs]` in parts of a batch.
  package func heldOutPredictions() throws(TrainingError) -> [Tensor] {
    try training.predictions(batchSize: options.batchSize)
  }

  /// The network as it stands, to be written.
  package var contents: ImageModelContents { ImageModelContents(description, network) }

  private func learner(
    callbacks: [any TrainingCallback], _ checkpoints: (any CheckpointStore)?
  ) -> Learner<ModuleTraining> {
    Learner(
      training, batchSize: options.batchSize, order: .shuffled(seed: options.seed),
      callbacks: callbacks, checkpoints: checkpoints)
  }
}

/// How a training of images went.
package struct ImageTrainingCourse: Sendable {
  /// The epochs in which the head alone was trained, and those on images of other sizes.
  package let earlier: [TrainingHistory]
  /// Those of the whole network, on images of the size that the model sees.
  package let last: TrainingHistory
  /// The epoch of `last` that the model is of.
  package let keptEpoch: Int

  /// The metrics and losses of the epoch that was kept; nil when there was none.
  package var kept: EpochRecord? { last.epochs.first { $0.epoch == keptEpoch } }
}

/// Runs `body`; what it throws is thrown on as a step throws its errors, with the same words.
private func asTensorError<Result>(
  _ body: () throws(TrainingError) -> Result
) throws(TensorError) -> Result {
  do throws(TrainingError) { return try body() } catch {
    throw TensorError(
      .unsupported, error.problem, place: error.place, remedy: error.remedy)
  }
}
