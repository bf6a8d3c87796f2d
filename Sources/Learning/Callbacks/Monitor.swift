import Errors

/// The figure of an epoch that callbacks compare to find the best one.
package enum Monitor: Sendable, Equatable {
  case trainingLoss
  case validationLoss
  /// A metric by its name; whether lower is better, the metric says.
  case metric(String)
}

extension Monitor {
  /// The figure, its sign such that lower is better; nil when the epoch has none, or it is NaN.
  ///
  /// Throws `badOption` when there is no metric of that name.
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

  /// Throws `badOption` when a training has no such figure.
  func check(_ plan: TrainingPlan) throws(TrainingError) {
    guard self == .trainingLoss || plan.validationCount > 0 else {
      throw TrainingError(
        .badOption, "nothing is held out, and so there is no validation loss to monitor",
        place: "validation", remedy: "Hold some samples out, or monitor the training loss.")
    }
  }
}

/// Whether each epoch is the best so far, and how many have passed since the best.
struct BestEpoch {
  let monitor: Monitor
  /// By more than this a figure must improve to count.
  let minDelta: Double
  /// The best figure so far, lower being better.
  private(set) var best: Double?
  /// The epochs since the best, or since ``startWaiting()``.
  private(set) var wait = 0
  /// The first epochs, which do not count.
  private var warmUp = 0

  init(_ monitor: Monitor, minDelta: Double) {
    self.monitor = monitor
    self.minDelta = minDelta
  }

  /// Gets ready for the epochs of a training. Throws `badOption` when that has no such figure.
  mutating func begin(_ plan: TrainingPlan) throws(TrainingError) {
    try monitor.check(plan)
    warmUp = plan.warmUp
  }

  /// Takes in the next epoch. Returns whether it is the best so far.
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

  /// Forgets the epochs so far.
  mutating func reset() { self = BestEpoch(monitor, minDelta: minDelta) }

  /// Counts the epochs without an improvement from 0 again.
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
