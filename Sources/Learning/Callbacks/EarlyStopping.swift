import Errors

/// Ends a training when a figure has not become better for some epochs.
package final class EarlyStopping: TrainingCallback {
  private let patience: Int
  private var bestEpoch: BestEpoch

  /// Stops after `patience` epochs without a figure that is better by more than `minDelta`.
  package init(
    patience: Int = 1, _ monitor: Monitor = .validationLoss, minDelta: Double = 0
  ) {
    precondition(patience > 0, "a patience of \(patience)")
    self.patience = patience
    bestEpoch = BestEpoch(monitor, minDelta: minDelta)
  }

  package func reset() { bestEpoch.reset() }

  /// Throws `badOption` when nothing is held out to go by.
  package func trainingWillBegin(_ plan: TrainingPlan) throws(TrainingError) {
    try bestEpoch.monitor.check(plan)
  }

  /// Says stop when the patience is at its end.
  package func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation {
    _ = try bestEpoch.isBest(record)
    return bestEpoch.wait >= patience ? .stop : .proceed
  }

  package func state() -> SavedState { bestEpoch.state() }

  package func restore(_ state: SavedState) throws(TrainingError) { try bestEpoch.restore(state) }
}
