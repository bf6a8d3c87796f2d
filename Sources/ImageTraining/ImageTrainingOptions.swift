package import ImageModels
package import Images
package import Learning
package import TensorCore

/// The options for training an image model.
package struct ImageTrainingOptions: Sendable {
  package var backbone = ResNetVariant.resnet18
  /// The transform from image to network input.
  package var transform = ImageTransform(size: ImageSize(128))
  /// The file channels, numbered from 0, to which the training images are already reduced; nil for all. Stored in
  /// the model, which keeps the same channels of files.
  package var keptChannels: [Int]?
  /// How training images are mixed.
  package var mixing = BatchMixing()
  package var epochCount = 10
  /// The sizes of earlier phases and their epochs (progressive resizing), as smaller images are learned faster.
  /// Options on epochs, schedule and freezing apply to each phase.
  package var earlierSizes: [(size: ImageSize, epochCount: Int)] = []
  /// The number of epochs that train the head only, before the whole network is trained at lower rates (fastai's
  /// `fine_tune`). nil trains everything from the start.
  package var freezeEpochCount: Int?
  /// The peak learning rates of the schedule. When fine-tuning, the base rate is the last group's.
  package var peakRates = PeakRates.same(1e-3)
  package var schedule = ScheduleKind.oneCycle
  package var weightDecay = 0.01
  package var batchSize = 64
  /// The number of images computed at a time, with gradients accumulated over a batch; nil for the whole batch.
  package var microBatchSize: Int?
  /// The share of a class's probability that is spread over all classes (label smoothing).
  package var smoothing: Float = 0
  /// The weights of classes in the loss, or of the positive images of labels (``ClassWeights``); nil for 1 each.
  package var classWeights: [Float]?
  package var precision = Precision.float32
  package var threadCount = ComputeContext.current.threadCount
  package var seed: UInt64 = 0
  /// The number of epochs without a lower validation loss after which training stops; nil for never.
  package var patience: Int?
  /// Whether to keep the weights of the epoch with the lowest validation loss.
  package var keepsBest = false

  package init() {}

  /// The phases of the training; the last is at the model's image size. The size that images are framed to before
  /// augmentation scales with it.
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
