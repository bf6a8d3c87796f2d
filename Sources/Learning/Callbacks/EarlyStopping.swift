import Errors

/// Stops training when a monitored value has not improved for some epochs.
package final class EarlyStopping: TrainingCallback {
  private let patience: Int
  private var bestEpoch: BestEpoch

  /// Creates a callback that stops after `patience` epochs without an improvement of more than `minDelta`.
  package init(
    patience: Int = 1, _ monitor: Monitor = .validationLoss, minDelta: Double = 0
  ) {
    precondition(patience > 0, "a patience of \(patience)")
    self.patience = patience
    bestEpoch = BestEpoch(monitor, minDelta: minDelta)
  }

  package func reset() { bestEpoch.reset() }

  /// Throws `badOption` if the monitored quantity is not available.
  package func trainingWillBegin(_ plan: TrainingPlan) throws(TrainingError) {
    try bestEpoch.begin(plan)
  }

  /// Returns `stop` once the patience is exhausted.
  package func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation {
    _ = try bestEpoch.isBest(record)
    return bestEpoch.wait >= patience ? .stop : .proceed
  }

  package func state() -> SavedState { bestEpoch.state() }

  package func restore(_ state: SavedState) throws(TrainingError) { try bestEpoch.restore(state) }
}
