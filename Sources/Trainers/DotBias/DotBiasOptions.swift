import Learning
package import Recommenders

/// How a `dot-bias` model is trained. The defaults are those of fastai's book.
package struct DotBiasOptions: Sendable, Equatable {
  /// The length of a row of factors.
  package var factorCount = 50
  package var epochCount = 5
  /// The ratings of a step; see ``BatchSizes`` for what is left over.
  package var batchSize = 64
  /// The highest learning rate of the cycle.
  package var peakRate = 5e-3
  package var weightDecay = 0.1
  /// Where predictions are mapped into: by habit from 0 to a little above the highest rating. nil
  /// leaves them as they are.
  package var outputRange: OutputRange?
  /// What the tables start from and the order of ratings follow from.
  package var seed: UInt64 = 0
  /// How many threads may work at a time. The result is the same bit for bit whatever it is. Steps
  /// over fewer than ``threadedBatchSize`` ratings use one: they are over before a second has begun.
  package var threadCount = 1
  /// Whether every row takes part in every step, as in fastai, rather than make up for the steps it
  /// missed when it is next needed. Some twenty times slower; for comparisons.
  package var isExact = false

  /// After how many epochs without a lower validation loss training ends; nil for never.
  package var patience: Int?
  /// Whether the tables of the epoch with the lowest validation loss are kept, not the last ones.
  package var keepsBest = false

  /// The smallest batch that is worked on by several threads.
  package static let threadedBatchSize = 4096

  package init() {}

  /// Throws ``TrainingError`` `badOption` unless every option is within its bounds.
  func check() throws(TrainingError) {
    try StepBounds.require(
      (1...4096).contains(factorCount), "factors", "\(factorCount) factors",
      "Give a number from 1 to 4096.")
    try StepBounds.require(
      patience ?? 1 >= 1, "early stopping", "a patience of \(patience ?? 0) epochs",
      "Give 1 or more.")
    try StepBounds.require(
      threadCount >= 1, "threads", "\(threadCount) threads", "Give 1 or more.")
    try StepBounds.check(
      epochCount: epochCount, batchSize: batchSize, peakRate: peakRate, weightDecay: weightDecay)
  }
}
