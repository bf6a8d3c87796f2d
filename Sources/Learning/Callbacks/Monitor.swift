import Errors

/// The figure of an epoch by which callbacks tell a better model from a worse one.
package enum Monitor: Sendable, Equatable {
  case trainingLoss
  case validationLoss
  /// A metric by its name; whether lower is better, the metric says.
  case metric(String)
}

extension Monitor {
  /// The figure, turned so that lower is better; nil when the epoch has none, or it is no number.
  ///
  /// Throws `badOption` when there is no metric of that name.
  func badness(of record: EpochRecord) throws(TrainingError) -> Double? {
    let figure: Double?
    switch self {
    case .trainingLoss: figure = record.trainingLoss
    case .validationLoss: figure = record.validationLoss
    case .metric(let name):
      guard let metric = record.metrics.first(where: { $0.name == name }) else {
        throw TrainingError(
          .badOption, "there is no metric '\(name)'", place: "what to go by",
          remedy: "There are: "
            + (record.metrics.isEmpty ? "none" : record.metrics.map(\.name).joined(separator: ", "))
            + ".")
      }
      figure = metric.isError ? metric.value : -metric.value
    }
    return figure.flatMap { $0.isNaN ? nil : $0 }
  }

  /// Throws `badOption` when a training has nothing to go by.
  func check(_ plan: TrainingPlan) throws(TrainingError) {
    guard self == .trainingLoss || plan.validationCount > 0 else {
      throw TrainingError(
        .badOption, "nothing is held out, and so there is no validation loss to go by",
        place: "validation", remedy: "Hold some out, or go by the training loss.")
    }
  }
}

/// Whether each epoch is the best so far, and how many have passed since the best.
struct BestEpoch {
  let monitor: Monitor
  /// By how much a figure must be better to count.
  let leastGain: Double
  /// The best figure so far, lower being better.
  private(set) var best: Double?
  /// The epochs since the best, or since ``startWaiting()``.
  private(set) var wait = 0

  init(_ monitor: Monitor, leastGain: Double) {
    self.monitor = monitor
    self.leastGain = leastGain
  }

  /// Looks at the next epoch, and answers whether it is the best so far.
  mutating func isBest(_ record: EpochRecord) throws(TrainingError) -> Bool {
    if let badness = try monitor.badness(of: record), badness + leastGain < best ?? .infinity {
      best = badness
      wait = 0
      return true
    }
    wait += 1
    return false
  }

  /// Forgets the epochs so far.
  mutating func reset() { self = BestEpoch(monitor, leastGain: leastGain) }

  /// Counts the epochs without a gain from 0 again.
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
