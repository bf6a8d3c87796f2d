import Foundation

/// A polynomial transition from one multiple of the peak rate to another (fastai's `SchedPoly`); linear for the power
/// 1.
package struct PolynomialSchedule: Schedule {
  private let start: Double
  private let end: Double
  /// The exponent, above 0. Above 1 the rate changes slowly at first, below 1 fast.
  private let power: Double

  package init(from start: Double = 1, to end: Double = 0, power: Double = 1) {
    precondition(power > 0, "a power of \(power)")
    self.start = start
    self.end = end
    self.power = power
  }

  /// `start + (end - start) position^power`.
  package func rateFactor(at position: Double) -> Double {
    start + (end - start) * pow(position, power)
  }
}

extension ScheduleKind {
  /// See ``PolynomialSchedule``.
  package static let linear = Self("linear", "from the peak down to 0 along a straight line") { _ in
    PolynomialSchedule()
  }

  /// See ``PolynomialSchedule``.
  package static let polynomial = Self("polynomial", "from the peak down to 0, slowly at first") {
    _ in PolynomialSchedule(power: 2)
  }
}
