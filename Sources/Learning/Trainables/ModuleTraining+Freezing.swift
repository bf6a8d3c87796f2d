import Errors
import Layers

extension ModuleTraining {
  /// Leaves the groups before `position` alone from now on and trains the others; a negative position
  /// counts from behind. Normalisation layers of frozen groups go on learning, and so do their
  /// running statistics. Clears what the optimiser keeps, step counts included.
  ///
  /// Throws `badOption` when there is no such position.
  package func freeze(to position: Int) throws(TrainingError) {
    let count = optimizer.groups.count
    let first = position < 0 ? count + position : position
    guard (0...count).contains(first) else {
      throw TrainingError(
        .badOption, "the model has \(count) parameter groups, and no position \(position)",
        place: "freeze", remedy: "Give a position from \(-count) to \(count).")
    }
    for (number, group) in optimizer.groups.enumerated() { group.setFrozen(number < first) }
    optimizer.clearState()
  }

  /// Freezes all groups but the last. Throws `badOption` when there is no other.
  package func freeze() throws(TrainingError) {
    guard optimizer.groups.count > 1 else {
      throw TrainingError(
        .badOption, "the model has one parameter group, and nothing to freeze but all of it",
        place: "freeze", remedy: "Split its parameters into groups, or train all of them.")
    }
    try freeze(to: -1)
  }

  /// Trains all groups. Clears what the optimiser keeps, step counts included.
  package func unfreeze() {
    for group in optimizer.groups { group.setFrozen(false) }
    optimizer.clearState()
  }
}

extension Learner<ModuleTraining> {
  /// See ``ModuleTraining/freeze()``.
  package func freeze() throws(TrainingError) { try model.freeze() }

  /// See ``ModuleTraining/freeze(to:)``.
  package func freeze(to position: Int) throws(TrainingError) { try model.freeze(to: position) }

  /// See ``ModuleTraining/unfreeze()``.
  package func unfreeze() { model.unfreeze() }

  /// Trains the last group alone for `freezeEpochCount`, then all for `epochCount`, the first groups
  /// at a hundredth of the last one's rate: fastai's `fine_tune`. Returns both histories.
  ///
  /// Throws as ``fit(epochCount:peakRates:schedule:)`` does, and `badOption` with one group.
  package func fineTune(
    epochCount: Int, baseRate: Double = 2e-3, freezeEpochCount: Int = 1
  ) throws(TrainingError) -> (frozen: TrainingHistory, whole: TrainingHistory) {
    try freeze()
    let frozen = try fitOneCycle(
      epochCount: freezeEpochCount, peakRates: .mainlyLast(baseRate),
      schedule: OneCycleSchedule(peakPosition: 0.99))
    unfreeze()
    let whole = try fitOneCycle(
      epochCount: epochCount, peakRates: .spread(from: baseRate / 200, to: baseRate / 2),
      schedule: OneCycleSchedule(peakPosition: 0.3, initialDivisor: 5))
    return (frozen, whole)
  }
}
