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
  let data: TrainingImages
  private let options: ImageTrainingOptions
  /// Made when first used, since its batches go by the steps that it has taken.
  private lazy var training = makeTraining()

  /// A network that starts from the seed or, where a file is given, from its backbone's weights; then its images
  /// are normalised as those weights expect it, unless the options say how.
  ///
  /// Throws ``ModelFileErrorCode/wrongTensor`` for weights of another network.
  package init(
    _ data: TrainingImages, _ options: ImageTrainingOptions, weights: SafetensorsFile? = nil
  ) throws(ModelFileError) {
    var options = options
    if let weights, options.transform.normalization == nil {
      options.transform.normalization = try Normalization.expected(
        by: weights, channels: options.transform.channels)
    }
    self.data = data
    self.options = options
    description = ImageModelDescription(
      task: data.task, backbone: options.backbone, input: options.transform)
    var random = RandomStream(seed: options.seed, stream: 0)
    network = description.network(random: &random)
    if let weights { try network.loadBackbone(from: weights) }
  }

  private func makeTraining() -> ModuleTraining {
    let batches = BatchSizes(options.batchSize, samples: data.training.count)
    let prepared = ImageBatches(
      data, options.transform, batches: batches, unit: options.microBatchSize ?? batches.size,
      epochCount: options.totalEpochCount, order: .shuffled(seed: options.seed),
      seed: options.seed, threadCount: options.threadCount)
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
        let batch = try asTensorError { () throws(TrainingError) in try prepared.training(place) }
        return (try network(Variable(batch.images), in: pass), batch.targets)
      },
      willValidate: { validations += 1 },
      heldOutBatch: { [network] (samples, pass) throws(TensorError) in
        let place = BatchPlace(epoch: validations, range: samples)
        let batch = try asTensorError { () throws(TrainingError) in try prepared.heldOut(place) }
        return (try network(Variable(batch.images), in: pass), batch.targets)
      })
  }

  /// Trains the network and returns what each epoch came to, the frozen ones first.
  ///
  /// Throws as ``Learner`` does, and `badOption` when there is no validation loss to go by.
  package func fit(
    callbacks: [any TrainingCallback] = [], checkpoints: (any CheckpointStore)? = nil
  ) throws(TrainingError) -> ImageTrainingCourse {
    let best = options.keepsBest ? BestWeights(of: training) : nil
    var all: [any TrainingCallback] = best.map { [$0] } ?? []
    if let patience = options.patience { all.append(EarlyStopping(patience: patience)) }
    let learner = learner(callbacks: all + callbacks, checkpoints)
    var frozen = TrainingHistory()
    let whole: TrainingHistory
    if let freezeEpochCount = options.freezeEpochCount {
      let rates = try options.peakRates.values(groupCount: training.groupCount)
      (frozen, whole) = try learner.fineTune(
        epochCount: options.epochCount, baseRate: rates[rates.count - 1],
        freezeEpochCount: freezeEpochCount)
    } else {
      whole = try learner.fit(
        epochCount: options.epochCount, peakRates: options.peakRates,
        schedule: options.schedule.schedule(epochCount: options.epochCount))
    }
    return ImageTrainingCourse(
      frozen: frozen, whole: whole, keptEpoch: best?.epoch ?? whole.epochs.count)
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

  /// Of how many held-out images no class has a probability over 0.5; nil of other tasks than classes.
  func unsureCount() throws(TrainingError) -> Int? {
    guard case .classify(let classes) = data.task else { return nil }
    return try heldOutPredictions().reduce(0) { count, part in
      let numbers = part.elements()
      return count
        + stride(from: 0, to: numbers.count, by: classes.count).count {
          !numbers[$0..<$0 + classes.count].contains { $0 > 0.5 }
        }
    }
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
  /// The epochs in which the head alone was trained.
  package let frozen: TrainingHistory
  /// Those of the whole network.
  package let whole: TrainingHistory
  /// The epoch of `whole` that the model is of.
  package let keptEpoch: Int

  /// The metrics and losses of the epoch that was kept; nil when there was none.
  package var kept: EpochRecord? { whole.epochs.first { $0.epoch == keptEpoch } }
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
