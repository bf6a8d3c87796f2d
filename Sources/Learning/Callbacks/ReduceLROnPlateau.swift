import Errors

/// Multiplies all further learning rates by a factor when a monitored value has not improved for some epochs (PyTorch's
/// scheduler of that name). Works with any schedule.
package final class ReduceLROnPlateau: TrainingCallback {
  private let patience: Int
  private let factor: Double
  private var bestEpoch: BestEpoch

  /// Creates a callback that reduces rates after `patience` epochs without an improvement of more than `minDelta`, and
  /// then waits for as many epochs again.
  package init(
    patience: Int = 1, factor: Double = 0.1, _ monitor: Monitor = .validationLoss,
    minDelta: Double = 0
  ) {
    precondition(patience > 0 && 0 < factor && factor < 1, "rates x \(factor) after \(patience)")
    self.patience = patience
    self.factor = factor
    bestEpoch = BestEpoch(monitor, minDelta: minDelta)
  }

  package func reset() { bestEpoch.reset() }

  /// Throws `badOption` if there is no learning rate or the monitored quantity is not available.
  package func trainingWillBegin(_ plan: TrainingPlan) throws(TrainingError) {
    guard plan.rates != nil else {
      throw TrainingError(
        .badOption, "the training has no learning rate to reduce", place: "learning rate",
        remedy: "Train without reducing it.")
    }
    try bestEpoch.monitor.check(plan)
  }

  /// Reduces the rates once the patience is exhausted.
  package func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation {
    _ = try bestEpoch.isBest(record)
    guard bestEpoch.wait >= patience else { return .proceed }
    bestEpoch.startWaiting()
    return .multiplyRates(by: factor)
  }

  package func state() -> SavedState { bestEpoch.state() }

  package func restore(_ state: SavedState) throws(TrainingError) { try bestEpoch.restore(state) }
}
