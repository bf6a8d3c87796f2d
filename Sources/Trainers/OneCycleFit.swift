import Learning

/// How both trainers by gradients run: one cycle, ended early or with the best epoch's weights where
/// that is asked for.
struct OneCycleFit {
  let epochCount: Int
  let batchSize: Int
  let peakRate: Double
  /// After how many epochs without a lower validation loss training ends; nil for never.
  let patience: Int?
  /// Whether the weights of the epoch with the lowest validation loss are kept, not the last ones.
  let keepsBest: Bool

  /// Trains `model`. Returns what each epoch came to, and the epoch that the weights are of.
  func train(
    _ model: some GradientTrainable, order: SampleOrder, callbacks: [any TrainingCallback],
    checkpoints: (any CheckpointStore)?
  ) throws(TrainingError) -> (history: TrainingHistory, epoch: Int) {
    let best = keepsBest ? BestWeights(of: model) : nil
    var all: [any TrainingCallback] = []
    if let best { all.append(best) }
    if let patience { all.append(EarlyStopping(patience: patience)) }
    let learner = Learner(
      model, batchSize: batchSize, order: order, callbacks: all + callbacks,
      checkpoints: checkpoints)
    let history = try learner.fitOneCycle(epochCount: epochCount, peakRates: [peakRate])
    return (history, best?.epoch ?? history.epochs.count)
  }
}
