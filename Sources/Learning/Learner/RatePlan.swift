/// The learning rates and momenta of a training by gradient descent, known before its first step,
/// unless a callback lowers the rates.
package struct RatePlan: Sendable {
  package let stepCount: Int
  /// The highest rate of each parameter group, in order.
  package let peakRates: [Double]
  package let schedule: any Schedule
  /// By what the rates were multiplied on the way.
  private(set) var changes: [RateChange] = []

  package init(stepCount: Int, peakRates: [Double], schedule: any Schedule) {
    self.stepCount = stepCount
    self.peakRates = peakRates
    self.schedule = schedule
  }

  /// Rate and momentum of step `number`, counted from 1.
  package func step(_ number: Int) -> GradientStep {
    let position = Double(number - 1) / Double(stepCount)
    var factor = schedule.rateFactor(at: position)
    for change in changes where change.lastStep < number { factor *= change.factor }
    return GradientStep(
      number: number, rateFactor: factor, momentum: schedule.momentum(at: position),
      peakRates: peakRates)
  }

  /// Multiplies all rates of the steps after `step`.
  package mutating func multiplyRates(by factor: Double, after step: Int) {
    changes.append(RateChange(lastStep: step, factor: factor))
  }

  /// Changes the rates as another plan's were changed.
  mutating func apply(_ changes: [RateChange]) { self.changes = changes }
}

/// A change of rates on the way through a ``RatePlan``.
struct RateChange: Sendable, Equatable, Codable {
  /// The last step before it.
  let lastStep: Int
  let factor: Double
}

/// The learning rate and momentum of one step of gradient descent.
package struct GradientStep: Sendable, Equatable {
  /// The step's number in the training, from 1.
  package let number: Int
  /// The factor by which each group's peak rate is multiplied.
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

  /// The rate of the last group: the one that is shown.
  package var rate: Double { rateFactor * (peakRates.last ?? 0) }
}
