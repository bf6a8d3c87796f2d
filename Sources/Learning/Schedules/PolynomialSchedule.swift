/// From one share of the peak rate to another, the way gone being the position to a power (fastai's
/// `SchedPoly`): a straight line for the power 1.
package struct PolynomialSchedule: Schedule {
  package var start: Double
  package var end: Double
  /// Above 0: above 1 it begins slowly, below 1 fast.
  package var power: Double
  package var momentum: Double

  package init(
    from start: Double = 1, to end: Double = 0, power: Double = 1,
    momentum: Double = defaultMomentum
  ) {
    precondition(power > 0, "a power of \(power)")
    self.start = start
    self.end = end
    self.power = power
    self.momentum = momentum
  }

  /// `start + (end - start) position^power`.
  package func rateFactor(at position: Double) -> Double {
    Annealing.polynomial(from: start, to: end, power: power, at: position)
  }

  /// Always ``momentum``.
  package func momentum(at position: Double) -> Double { momentum }
}
