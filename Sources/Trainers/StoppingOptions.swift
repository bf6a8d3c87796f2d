package import Learning

/// Options for early stopping and for keeping the best epoch, for any iterative trainer with or without a learning
/// rate:
///
///     static let hyperparameters = [...] + StoppingOptions.hyperparameters.map { $0.within(\.stopping) }
///
///     let course = try options.stopping.run(AlternatingLeastSquares(...), in: context)
///     return FittedModel(tables, course: course)
package struct StoppingOptions: TrainerOptions {
  /// The number of epochs without a lower validation loss after which training stops; nil for never.
  package var patience: Int?
  /// Whether to keep the weights of the epoch with the lowest validation loss instead of the last ones.
  package var keepsBest = false

  package init() {}

  /// The command-line options, for trainers that embed them.
  package static let hyperparameters: [Hyperparameter<Self>] = [
    .optionalInteger(
      "early-stop", \.patience, valueName: "epochs", in: 1...100_000, needsHeldOut: true,
      "stop when the loss on held-out ratings has not fallen for this many epochs"),
    .flag(
      "keep-best", \.keepsBest, needsHeldOut: true,
      "keep the epoch with the lowest loss on held-out ratings, not the last one"),
  ]

  /// Runs a training with the callbacks and checkpoints of `context`; its validation losses decide. Throws as
  /// ``TrainingLoop/run(_:)`` does, and `badOption` if there is no validation loss.
  package func run(
    _ training: some IterativeTraining & Trainable, in context: TrainingContext
  ) throws(TrainingError) -> TrainingCourse {
    try run(training, epochCount: training.plan.epochCount, in: context) {
      (callbacks) throws(TrainingError) in
      try TrainingLoop(callbacks: callbacks, checkpoints: context.checkpoints).run(training)
    }
  }

  /// Runs a training of `model` by `train`, which is called with the callbacks.
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

/// The course of a training in epochs.
package struct TrainingCourse: Sendable {
  /// The losses of each epoch.
  package let history: TrainingHistory
  /// The epoch whose weights the model has: the last, unless the best was to be kept.
  package let keptEpoch: Int
  /// The best epoch, if training stopped early because no later one improved on it.
  package let bestEpoch: Int?

  /// The training loss of the kept epoch; nil if there was none.
  var trainingLoss: Double? { history.epochs.first { $0.epoch == keptEpoch }?.trainingLoss }

  package init(history: TrainingHistory, keptEpoch: Int, bestEpoch: Int? = nil) {
    self.history = history
    self.keptEpoch = keptEpoch
    self.bestEpoch = bestEpoch
  }
}
