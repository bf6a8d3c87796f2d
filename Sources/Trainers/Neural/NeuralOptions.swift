import Errors
import Learning
package import Recommenders

/// How a `neural` model is trained. The defaults are those of fastai's book.
package struct NeuralOptions: Sendable, Equatable {
  /// The outputs of each hidden layer.
  package var hiddenSizes = [100, 50]
  package var epochCount = 5
  /// The ratings of a step: 2 or more, as the batch norms need; see ``BatchSizes`` for what is left
  /// over.
  package var batchSize = 64
  /// The highest learning rate of the cycle.
  package var peakRate = 5e-3
  package var weightDecay = 0.1
  /// Where predictions are mapped into: by habit from 0 to a little above the highest rating. nil
  /// leaves them as they are.
  package var outputRange: OutputRange?
  /// What the network starts from and the order of ratings follow from.
  package var seed: UInt64 = 0
  /// How many threads may work at a time. The result is the same bit for bit whatever it is.
  package var threadCount = 1
  /// After how many epochs without a lower validation loss training ends; nil for never.
  package var patience: Int?
  /// Whether the network of the epoch with the lowest validation loss is kept, not the last one.
  package var keepsBest = false

  package init() {}

  /// Throws ``TrainingError`` `badOption` unless every option is within its bounds.
  func check() throws(TrainingError) {
    guard (1...EmbeddingMLP.layerLimit).contains(hiddenSizes.count),
      hiddenSizes.allSatisfy((1...EmbeddingMLP.widthLimit).contains)
    else {
      throw TrainingError(
        .badOption, "hidden layers of \(hiddenSizes)", place: "layers",
        remedy: "Give 1 to \(EmbeddingMLP.layerLimit) sizes from 1 to \(EmbeddingMLP.widthLimit), "
          + "such as 100,50.")
    }
    guard batchSize >= 2 else {
      throw TrainingError(
        .badOption, "batches of \(batchSize)", place: "batch size",
        remedy: "Give 2 or more: the batch norms need several ratings.")
    }
    try StepBounds.require(
      threadCount >= 1, "threads", "\(threadCount) threads", "Give 1 or more.")
    try StepBounds.require(
      patience ?? 1 >= 1, "early stopping", "a patience of \(patience ?? 0) epochs",
      "Give 1 or more.")
    try StepBounds.check(
      epochCount: epochCount, batchSize: batchSize, peakRate: peakRate, weightDecay: weightDecay)
  }
}
