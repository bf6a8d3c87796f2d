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
  /// The number of held-out images for which no class had a probability above 0.5, before temperature scaling, at
  /// the last ``calibrate()``; nil for tasks other than classes.
  package internal(set) var unsureCount: Int?
  let data: TrainingImages
  private let options: ImageTrainingOptions
  /// The peak learning rates: those of the options unless replaced.
  package var peakRates: PeakRates
  /// Created on first use, since its batches follow the steps it has taken.
  private lazy var training = makeTraining()
  /// The batches at the current image size; nil until one is requested.
  private var prepared: ImageBatches?
  /// The phases, one per image size, each with its epochs; and the current phase.
  private let phases: [TrainingPhase]
  private var phase = 0

  /// Creates a network initialised from the seed, or with a backbone from `weights`. With `weights`, images are
  /// normalised as those expect, unless the options specify it.
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

  /// Returns the batches of the current phase.
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

  /// Switches to the image size of a phase.
  private func begin(_ number: Int) {
    if number != phase { prepared = nil }
    phase = number
  }

  /// Trains the network and returns the history of each epoch.
  ///
  /// Each phase starts from the weights, batch norm statistics and optimiser moments of the previous one, and runs a
  /// schedule of its own. Fine-tuning resets those moments, as in fastai. The best epoch and early stopping are
  /// determined within each phase, since losses at different image sizes are not comparable.
  ///
  /// - Parameter phaseWillBegin: Called with each phase if there are several.
  ///
  /// Throws as ``Learner`` does, `diverged` also for a validation loss or weights that are not finite, and
  /// `badOption` if there is no validation loss to monitor.
  package func fit(
    callbacks: [any TrainingCallback] = [], checkpoints: (any CheckpointStore)? = nil,
    phaseWillBegin: (TrainingPhase) -> Void = { _ in }
  ) throws(TrainingError) -> ImageTrainingCourse {
    let best = options.keepsBest ? BestWeights(of: training) : nil
    var all: [any TrainingCallback] = best.map { [$0] } ?? []
    // After the callback that restores the best weights, so that those are checked.
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

  /// Finds the initial learning rate: of the head only, if that is trained first. Leaves the weights unchanged.
  /// Throws `noLearningRate` if the losses suggest no rate.
  package func usefulLearningRate() throws(TrainingError) -> Double {
    begin(0)
    if options.freezeEpochCount ?? 0 > 0 { try training.freeze() }
    let curve = try findLearningRate()
    training.unfreeze()
    guard let rate = LRSuggestions(curve).valley else {
      throw TrainingError(
        .noLearningRate, "the loss curve suggests no learning rate",
        place: "search for a learning rate",
        remedy: "Look at the curve, and set a rate.")
    }
    return rate
  }

  /// Freezes all but the head, to search its learning rate.
  package func freeze() throws(TrainingError) { try training.freeze() }

  /// Runs the learning rate finder from the current weights, which it leaves unchanged.
  package func findLearningRate() throws(TrainingError) -> LRCurve {
    try learner(callbacks: [], nil).findLearningRate()
  }

  /// Returns predictions for the held-out images, in order, as `[images, outputs]` per batch.
  package func heldOutPredictions() throws(TrainingError) -> [Tensor] {
    try training.predictions(batchSize: options.batchSize)
  }

  /// The current network, ready to be written.
  package var contents: ImageModelContents { ImageModelContents(description, network) }

  private func learner(
    callbacks: [any TrainingCallback], _ checkpoints: (any CheckpointStore)?
  ) -> Learner<ModuleTraining> {
    Learner(
      training, batchSize: options.batchSize, order: .shuffled(seed: options.seed),
      callbacks: callbacks, checkpoints: checkpoints)
  }
}

/// The history of a training.
package struct ImageTrainingCourse: Sendable {
  /// The epochs that trained the head only, and those at other image sizes.
  package let earlier: [TrainingHistory]
  /// The epochs of the whole network at the model's image size.
  package let last: TrainingHistory
  /// The epoch of `last` whose weights the model has.
  package let keptEpoch: Int

  /// The metrics and losses of the kept epoch; nil if there was none.
  package var kept: EpochRecord? { last.epochs.first { $0.epoch == keptEpoch } }
}

/// Runs `body`; rethrows its errors as the error type of steps, with the same words.
private func asTensorError<Result>(
  _ body: () throws(TrainingError) -> Result
) throws(TensorError) -> Result {
  do throws(TrainingError) { return try body() } catch {
    throw TensorError(
      .unsupported, error.problem, place: error.place, remedy: error.remedy)
  }
}
