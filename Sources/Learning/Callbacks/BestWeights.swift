import Errors

/// Keeps the weights of the best epoch and restores them at the end of training. The optimiser's state remains that of
/// the last step.
package final class BestWeights: TrainingCallback {
  private let model: any Trainable
  private var bestEpoch: BestEpoch
  private var weights: SavedState?
  /// The epoch whose weights are kept, or nil before the first with a monitored value.
  package private(set) var epoch: Int?

  /// Creates a callback that keeps the weights of `model`.
  package init(
    of model: any Trainable, _ monitor: Monitor = .validationLoss, minDelta: Double = 0
  ) {
    self.model = model
    bestEpoch = BestEpoch(monitor, minDelta: minDelta)
  }

  package func reset() {
    bestEpoch.reset()
    (weights, epoch) = (nil, nil)
  }

  /// Throws `badOption` if the monitored quantity is not available.
  package func trainingWillBegin(_ plan: TrainingPlan) throws(TrainingError) {
    try bestEpoch.begin(plan)
  }

  /// Keeps the epoch's weights if it is the best so far.
  package func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation {
    if try bestEpoch.isBest(record) {
      weights = try model.weights().held()
      epoch = record.epoch
    }
    return .proceed
  }

  /// Restores the best weights.
  package func trainingDidEnd(_ history: TrainingHistory) throws(TrainingError) {
    if let weights { try model.restoreWeights(weights) }
  }

  package func state() -> SavedState {
    var state = SavedState()
    state.add(bestEpoch.state(), under: "figure")
    if let weights, let epoch {
      state.add(weights, under: "weights")
      state.texts["epoch"] = "\(epoch)"
    }
    return state
  }

  package func restore(_ state: SavedState) throws(TrainingError) {
    try bestEpoch.restore(state.part("figure"))
    let saved = state.part("weights")
    weights = saved.isEmpty ? nil : try saved.held()
    epoch = saved.isEmpty ? nil : try state.value("epoch")
  }
}
