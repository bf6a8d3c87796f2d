import Errors

/// Lowers the rates of whatever schedule when a figure has not become better for some epochs.
package final class RateReduction: TrainingCallback {
  private let patience: Int
  private let divisor: Double
  private var bestEpoch: BestEpoch

  /// Divides all rates to come by `divisor` after `patience` epochs without a figure that is better by
  /// more than `leastGain`, and then waits as long again.
  package init(
    patience: Int = 1, divisor: Double = 10, _ monitor: Monitor = .validationLoss,
    leastGain: Double = 0
  ) {
    precondition(patience > 0 && divisor > 1, "rates over \(divisor) after \(patience) epochs")
    self.patience = patience
    self.divisor = divisor
    bestEpoch = BestEpoch(monitor, leastGain: leastGain)
  }

  package func reset() { bestEpoch.reset() }

  /// Throws `badOption` when nothing is held out to go by.
  package func trainingWillBegin(_ plan: TrainingPlan) throws(TrainingError) {
    try bestEpoch.monitor.check(plan)
  }

  /// Lowers the rates when the patience is at its end.
  package func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation {
    _ = try bestEpoch.isBest(record)
    guard bestEpoch.wait >= patience else { return .goOn }
    bestEpoch.startWaiting()
    return .multiplyRates(by: 1 / divisor)
  }

  package func state() -> SavedState { bestEpoch.state() }

  package func restore(_ state: SavedState) throws(TrainingError) { try bestEpoch.restore(state) }
}
