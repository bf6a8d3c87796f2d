import Errors

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
