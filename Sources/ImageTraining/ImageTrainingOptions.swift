package import ImageModels
package import Images
package import Learning
package import TensorCore

/// How a model of images is trained.
package struct ImageTrainingOptions: Sendable {
  package var backbone = ResNetVariant.resnet18
  /// How images become the network's input.
  package var transform = ImageTransform(size: ImageSize(128))
  /// The channels of files, by their numbers from 0, that the images to learn from consist of already; nil for all.
  /// The model is told, and keeps the same ones of files.
  package var keptChannels: [Int]?
  /// How training images are mixed with one another.
  package var mixing = BatchMixing()
  package var epochCount = 10
  /// The sizes of images that are trained on before, each for so many epochs (progressive resizing), as smaller ones
  /// are learned faster. All that is said of epochs, schedule and freezing is that of each.
  package var earlierSizes: [(size: ImageSize, epochCount: Int)] = []
  /// For how many epochs the head alone is trained first; then the whole network with lower rates (fastai's
  /// `fine_tune`). nil trains everything from the start.
  package var freezeEpochCount: Int?
  /// The highest rates of the schedule; of fine-tuning the base rate is the last group's.
  package var peakRates = PeakRates.same(1e-3)
  package var schedule = ScheduleKind.oneCycle
  package var weightDecay = 0.01
  package var batchSize = 64
  /// The images that are computed at a time, whose gradients are added up to a batch's; nil for the whole batch.
  package var microBatchSize: Int?
  /// The share of a class's probability that is spread over all classes.
  package var smoothing: Float = 0
  /// What each class weighs in the loss, or the images with each label (``ClassWeights``); nil for 1 each.
  package var classWeights: [Float]?
  package var precision = Precision.float32
  package var threadCount = ComputeContext.current.threadCount
  package var seed: UInt64 = 0
  /// After how many epochs without a lower validation loss training ends; nil for never.
  package var patience: Int?
  /// Whether the weights of the epoch with the lowest validation loss are kept.
  package var keepsBest = false

  package init() {}

  /// The parts of the training, the one on images of the size that the model sees last. What images are framed to
  /// before they are augmented grows with the size.
  var phases: [TrainingPhase] {
    earlierSizes.map { size, epochCount in
      var smaller = transform
      smaller.size = size
      func side(_ presize: Int, _ from: Int, _ to: Int) -> Int { max(1, presize * to / from) }
      smaller.presize = ImageSize(
        width: side(transform.presize.width, transform.size.width, size.width),
        height: side(transform.presize.height, transform.size.height, size.height))
      return TrainingPhase(
        transform: smaller, epochCount: epochCount, freezeEpochCount: freezeEpochCount)
    } + [
      TrainingPhase(
        transform: transform, epochCount: epochCount, freezeEpochCount: freezeEpochCount)
    ]
  }
}
