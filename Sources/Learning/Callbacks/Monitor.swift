import Errors

/// The value by which callbacks compare epochs.
package enum Monitor: Sendable, Equatable {
  case trainingLoss
  case validationLoss
  /// The metric of that name, which defines whether lower is better.
  case metric(String)
}

extension Monitor {
  /// Returns the monitored value, negated if higher is better; nil if the epoch has none or it is NaN.
  ///
  /// Throws `badOption` if there is no metric of that name.
  func loss(of record: EpochRecord) throws(TrainingError) -> Double? {
    let figure: Double?
    switch self {
    case .trainingLoss: figure = record.trainingLoss
    case .validationLoss: figure = record.validationLoss
    case .metric(let name):
      guard let metric = record.metrics.first(where: { $0.name == name }) else {
        throw TrainingError(
          .badOption, "there is no metric '\(name)'", place: "monitor",
          remedy: "There are: "
            + (record.metrics.isEmpty ? "none" : record.metrics.map(\.name).joined(separator: ", "))
            + ".")
      }
      figure = metric.isError ? metric.value : -metric.value
    }
    return figure.flatMap { $0.isNaN ? nil : $0 }
  }

  /// Throws `badOption` if the training does not produce the value.
  func check(_ plan: TrainingPlan) throws(TrainingError) {
    guard self == .trainingLoss || plan.validationCount > 0 else {
      throw TrainingError(
        .badOption, "nothing is held out, so there is no validation loss to monitor",
        place: "validation", remedy: "Hold some samples out, or monitor the training loss.")
    }
  }
}

/// Tracks the best epoch so far and the number of epochs since.
struct BestEpoch {
  let monitor: Monitor
  /// The threshold that an improvement must exceed to count.
  let minDelta: Double
  /// The best value so far; lower is better.
  private(set) var best: Double?
  /// The number of epochs since the best, or since ``startWaiting()``.
  private(set) var wait = 0
  /// The number of initial epochs to ignore.
  private var warmUp = 0

  init(_ monitor: Monitor, minDelta: Double) {
    self.monitor = monitor
    self.minDelta = minDelta
  }

  /// Prepares for a training. Throws `badOption` if it does not produce the monitored value.
  mutating func begin(_ plan: TrainingPlan) throws(TrainingError) {
    try monitor.check(plan)
    warmUp = plan.warmUp
  }

  /// Processes the next epoch. Returns whether it is the best so far.
  mutating func isBest(_ record: EpochRecord) throws(TrainingError) -> Bool {
    if record.epoch <= warmUp { return false }
    if let loss = try monitor.loss(of: record), loss + minDelta < best ?? .infinity {
      best = loss
      wait = 0
      return true
    }
    wait += 1
    return false
  }

  /// Discards all epochs so far.
  mutating func reset() { self = BestEpoch(monitor, minDelta: minDelta) }

  /// Restarts the count of epochs without improvement at 0.
  mutating func startWaiting() { wait = 0 }

  func state() -> SavedState {
    var state = SavedState()
    state.texts["wait"] = "\(wait)"
    if let best { state.texts["best"] = "\(best)" }
    return state
  }

  mutating func restore(_ state: SavedState) throws(TrainingError) {
    wait = try state.value("wait")
    best = state.texts["best"] == nil ? nil : try state.value("best")
  }
}
