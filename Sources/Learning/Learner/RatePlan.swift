/// The learning rates and momenta of a gradient descent training, fixed before the first step unless a callback changes
/// the rates.
package struct RatePlan: Sendable {
  package let stepCount: Int
  /// The peak rate of each parameter group, in order.
  package let peakRates: [Double]
  package let schedule: any Schedule
  /// The rate changes made during training.
  private(set) var changes: [RateChange] = []

  package init(stepCount: Int, peakRates: [Double], schedule: any Schedule) {
    self.stepCount = stepCount
    self.peakRates = peakRates
    self.schedule = schedule
  }

  /// Returns the rate and momentum of step `number`, counted from 1.
  package func step(_ number: Int) -> GradientStep {
    let position = Double(number - 1) / Double(stepCount)
    var factor = schedule.rateFactor(at: position)
    for change in changes where change.lastStep < number { factor *= change.factor }
    return GradientStep(
      number: number, rateFactor: factor, momentum: schedule.momentum(at: position),
      peakRates: peakRates)
  }

  /// Multiplies the rates of all steps after `step`.
  package mutating func multiplyRates(by factor: Double, after step: Int) {
    changes.append(RateChange(lastStep: step, factor: factor))
  }

  /// Applies the rate changes of another plan.
  mutating func apply(_ changes: [RateChange]) { self.changes = changes }
}

/// A rate change made during training.
struct RateChange: Sendable, Equatable, Codable {
  /// The last step before the change.
  let lastStep: Int
  let factor: Double
}

/// The learning rate and momentum of one step of gradient descent.
package struct GradientStep: Sendable, Equatable {
  /// The step's number in the training, from 1.
  package let number: Int
  /// The factor applied to each group's peak rate.
  package let rateFactor: Double
  /// The momentum (AdamW's beta1).
  package let momentum: Double
  private let peakRates: [Double]

  package init(number: Int, rateFactor: Double, momentum: Double, peakRates: [Double]) {
    self.number = number
    self.rateFactor = rateFactor
    self.momentum = momentum
    self.peakRates = peakRates
  }

  /// The rate of each parameter group.
  package var rates: [Double] { peakRates.map { $0 * rateFactor } }

  /// The rate of the last group, which is the one shown.
  package var rate: Double { rateFactor * (peakRates.last ?? 0) }
}
