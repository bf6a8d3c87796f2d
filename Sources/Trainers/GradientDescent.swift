import Errors
import Learning

/// How trainers by gradients run: mini-batches by AdamW and one cycle, ended early or with the best
/// epoch's weights where that is asked for. The defaults are those of fastai's book.
package struct GradientDescentOptions: TrainerOptions {
  package var epochCount = 5
  /// The ratings of a step; see ``BatchSizes`` for what is left over.
  package var batchSize = 64
  /// The highest learning rate of the schedule.
  package var peakRate = 5e-3
  package var weightDecay = 0.1
  /// After how many epochs without a lower validation loss training ends; nil for never.
  package var patience: Int?
  /// Whether the weights of the epoch with the lowest validation loss are kept, not the last ones.
  package var keepsBest = false

  package init() {}

  /// The options by name, for trainers that hold them; `smallestBatch` is 2 where batch norms need
  /// several ratings.
  static func hyperparameters(smallestBatch: Int = 1) -> [Hyperparameter<Self>] {
    [
      .integer("epochs", \.epochCount, in: 1...100_000, "passes over the training ratings"),
      .number("learning-rate", \.peakRate, .aboveZero, "the peak of the learning rate's schedule"),
      .number("weight-decay", \.weightDecay, .atLeastZero, "the weight decay of AdamW"),
      .integer("batch", \.batchSize, in: smallestBatch...1_000_000, "ratings in a batch"),
      .optionalInteger(
        "early-stop", \.patience, valueName: "epochs", in: 1...100_000, needsHeldOut: true,
        "stop when the loss on held-out ratings has not fallen for so many epochs"),
      .flag(
        "keep-best", \.keepsBest, needsHeldOut: true,
        "keep the epoch with the lowest loss on held-out ratings, not the last one"),
    ]
  }

  /// Throws ``TrainingError`` `badOption` when the rate does not go with the weight decay: each step
  /// multiplies every number by 1 - rate x decay, and below 0 it would swing.
  func check() throws(TrainingError) {
    guard peakRate * weightDecay >= 1 else { return }
    throw TrainingError(
      .badOption,
      "\(peakRate) times the weight decay, \(weightDecay), must be below 1: each step would take away "
        + "all that the model has learned", place: "learning-rate", remedy: "A usual rate is 5e-3.")
  }

  /// Trains `model`. Returns what each epoch came to, and the epoch that the weights are of.
  func train(
    _ model: some GradientTrainable, in context: TrainingContext
  ) throws(TrainingError) -> (history: TrainingHistory, epoch: Int) {
    let best = keepsBest ? BestWeights(of: model) : nil
    var all: [any TrainingCallback] = []
    if let best { all.append(best) }
    if let patience { all.append(EarlyStopping(patience: patience)) }
    let history = try learner(for: model, in: context, callbacks: all + context.callbacks)
      .fitOneCycle(epochCount: epochCount, peakRates: [peakRate])
    return (history, best?.epoch ?? history.epochs.count)
  }

  /// Looks for a learning rate for `model`: see ``Learner/findLearningRate(from:to:stepCount:)``.
  func findLearningRate(
    _ model: some GradientTrainable, in context: TrainingContext
  ) throws(TrainingError) -> LRCurve {
    try learner(for: model, in: context, callbacks: []).findLearningRate()
  }

  /// The epoch after which nothing got better, when training ended early for that; else nil.
  func bestEpoch(beforeTheEarlyEndOf history: TrainingHistory) -> Int? {
    let last = history.epochs.count
    return last < epochCount ? patience.map { last - $0 } : nil
  }

  /// The optimiser's part of the options.
  var adamOptions: AdamW.Options { AdamW.Options(weightDecay: weightDecay) }

  /// What is thrown when the training has ended and not all it learned is finite.
  func diverged(_ what: String, after history: TrainingHistory) -> TrainingError {
    TrainingError(
      .diverged, "\(what) is infinite or no number",
      place: "epoch \(history.epochs.count) of \(epochCount), rate up to \(Float(peakRate))",
      remedy: "Try a tenth of the learning rate: \(Float(peakRate / 10)).")
  }

  private func learner<Model: GradientTrainable>(
    for model: Model, in context: TrainingContext, callbacks: [any TrainingCallback]
  ) -> Learner<Model> {
    Learner(
      model, batchSize: batchSize, order: context.order ?? .shuffled(seed: context.seed),
      callbacks: callbacks, checkpoints: context.checkpoints)
  }
}

/// Whether every one of `numbers` is finite: a sum of differences from themselves is 0, or NaN as soon
/// as one is not.
func areFinite(_ numbers: [Float]) -> Bool { numbers.reduce(0) { $0 + ($1 - $1) } == 0 }
