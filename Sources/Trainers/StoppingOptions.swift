package import Learning

/// When a training in epochs ends, and which of its epochs is kept: for any trainer that iterates, with a
/// learning rate or without.
///
///     static let hyperparameters = [...] + StoppingOptions.hyperparameters.map { $0.within(\.stopping) }
///
///     let course = try options.stopping.run(AlternatingLeastSquares(...), in: context)
///     return FittedModel(tables, course: course)
package struct StoppingOptions: TrainerOptions {
  /// After how many epochs without a lower validation loss training ends; nil for never.
  package var patience: Int?
  /// Whether the weights of the epoch with the lowest validation loss are kept, not the last ones.
  package var keepsBest = false

  package init() {}

  /// The options by name, for trainers that hold them.
  package static let hyperparameters: [Hyperparameter<Self>] = [
    .optionalInteger(
      "early-stop", \.patience, valueName: "epochs", in: 1...100_000, needsHeldOut: true,
      "stop when the loss on held-out ratings has not fallen for so many epochs"),
    .flag(
      "keep-best", \.keepsBest, needsHeldOut: true,
      "keep the epoch with the lowest loss on held-out ratings, not the last one"),
  ]

  /// Runs a training, whose validation losses decide, with the callbacks and checkpoints of `context`.
  /// Throws as ``TrainingLoop/run(_:)`` does, and `badOption` when there is no validation loss to go by.
  package func run(
    _ training: some IterativeTraining & Trainable, in context: TrainingContext
  ) throws(TrainingError) -> TrainingCourse {
    try run(training, epochCount: training.plan.epochCount, in: context) {
      (callbacks) throws(TrainingError) in
      try TrainingLoop(callbacks: callbacks, checkpoints: context.checkpoints).run(training)
    }
  }

  /// The same for a `model` that `train` trains with the callbacks that it is handed.
  func run(
    _ model: some Trainable, epochCount: Int, in context: TrainingContext,
    _ train: ([any TrainingCallback]) throws(TrainingError) -> TrainingHistory
  ) throws(TrainingError) -> TrainingCourse {
    let best = keepsBest && context.epochLimit == nil ? BestWeights(of: model) : nil
    var callbacks: [any TrainingCallback] = []
    if let best { callbacks.append(best) }
    if let limit = context.epochLimit {
      callbacks.append(EpochLimit(limit))
    } else if let patience {
      callbacks.append(EarlyStopping(patience: patience))
    }
    let history = try train(callbacks + context.callbacks)
    let last = history.epochs.count
    return TrainingCourse(
      history: history, keptEpoch: best?.epoch ?? last,
      bestEpoch: last < epochCount ? patience.map { last - $0 } : nil)
  }
}

/// How a training in epochs went.
package struct TrainingCourse: Sendable {
  /// What each epoch came to.
  package let history: TrainingHistory
  /// The epoch that the model is of: the last one, unless the best was to be kept.
  package let keptEpoch: Int
  /// The epoch after which nothing got better, when training ended early for that.
  package let bestEpoch: Int?

  /// The training loss of the pass that was kept; nil where there was none.
  var trainingLoss: Double? { history.epochs.first { $0.epoch == keptEpoch }?.trainingLoss }

  package init(history: TrainingHistory, keptEpoch: Int, bestEpoch: Int? = nil) {
    self.history = history
    self.keptEpoch = keptEpoch
    self.bestEpoch = bestEpoch
  }
}
