/// What a training will do, known in full before its first step, unless a callback lowers the rates.
package struct TrainingPlan: Sendable {
  package let epochCount: Int
  /// The batches of an epoch.
  package let batchCount: Int
  /// The highest rate of each parameter group, in order.
  package let peakRates: [Double]
  package let schedule: any Schedule
  /// How many samples are held out; 0 when there is no validation.
  package let validationCount: Int
  /// By what the rates were multiplied on the way.
  package private(set) var rateChanges: [RateChange] = []

  package init(
    epochCount: Int, batchCount: Int, peakRates: [Double], schedule: any Schedule,
    validationCount: Int = 0
  ) {
    self.epochCount = epochCount
    self.batchCount = batchCount
    self.peakRates = peakRates
    self.schedule = schedule
    self.validationCount = validationCount
  }

  /// The steps of the whole training.
  package var stepCount: Int { epochCount * batchCount }

  /// What step `number` is done with, counted from 1.
  package func settings(ofStep number: Int) -> GradientStep {
    let position = Double(number - 1) / Double(stepCount)
    var share = schedule.rateFactor(at: position)
    for change in rateChanges where change.lastStep < number { share *= change.factor }
    return GradientStep(
      number: number, rateFactor: share, momentum: schedule.momentum(at: position),
      rate: share * (peakRates.last ?? 0))
  }

  /// Multiplies all rates of the steps after `step`.
  package mutating func multiplyRates(by factor: Double, after step: Int) {
    rateChanges.append(RateChange(lastStep: step, factor: factor))
  }
}

/// A change of rates on the way through a ``TrainingPlan``.
package struct RateChange: Sendable, Equatable, Codable {
  /// The last step before it.
  package let lastStep: Int
  package let factor: Double
}

/// What one step is done with.
package struct GradientStep: Sendable, Equatable {
  /// The step's number in the training, from 1.
  package let number: Int
  /// The rate as a share of each group's peak rate.
  package let rateFactor: Double
  /// The momentum (AdamW's beta1).
  package let momentum: Double
  /// The rate of the last group: the one that is shown.
  package let rate: Double
}
