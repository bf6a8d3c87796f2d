/// What a training will do, known in full before its first step.
package struct TrainingPlan: Sendable {
  package let epochCount: Int
  /// The batches of an epoch.
  package let batchCount: Int
  /// The highest rate of each parameter group, in order; a single one stands for every group.
  package let peakRates: [Double]
  package let schedule: any Schedule

  package init(
    epochCount: Int, batchCount: Int, peakRates: [Double], schedule: any Schedule
  ) {
    self.epochCount = epochCount
    self.batchCount = batchCount
    self.peakRates = peakRates
    self.schedule = schedule
  }

  /// The steps of the whole training.
  package var stepCount: Int { epochCount * batchCount }

  /// What step `number` is done with, counted from 1.
  package func settings(ofStep number: Int) -> StepSettings {
    let position = Double(number - 1) / Double(stepCount)
    let share = schedule.rateShare(at: position)
    return StepSettings(
      number: number, rateShare: share, momentum: schedule.momentum(at: position),
      rate: share * (peakRates.last ?? 0))
  }
}

/// What one step is done with.
package struct StepSettings: Sendable, Equatable {
  /// The step's number in the training, from 1.
  package let number: Int
  /// The rate as a share of each group's peak rate.
  package let rateShare: Double
  /// The momentum (AdamW's beta1).
  package let momentum: Double
  /// The rate of the last group: the one that is shown.
  package let rate: Double
}
