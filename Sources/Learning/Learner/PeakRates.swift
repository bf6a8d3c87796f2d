import Errors
import Foundation

/// The highest learning rate of each parameter group, first group first.
package enum PeakRates: Sendable, Equatable, ExpressibleByArrayLiteral {
  /// One for all.
  case same(Double)
  /// This for the last group, a tenth of it for all others (fastai's `slice(rate)`).
  case mainlyLast(Double)
  /// From the first group's to the last's by equal factors (fastai's `slice(first, last)`); the last's
  /// alone when there is one group.
  case spread(from: Double, to: Double)
  /// One for each group.
  case each([Double])

  package init(arrayLiteral rates: Double...) {
    self = rates.count == 1 ? .same(rates[0]) : .each(rates)
  }

  /// The rates of so many groups. Throws `badOption` when there are not as many rates as groups, or
  /// one is not above 0 and finite.
  package func values(groupCount: Int) throws(TrainingError) -> [Double] {
    let values: [Double]
    switch self {
    case .same(let rate): values = Array(repeating: rate, count: groupCount)
    case .mainlyLast(let rate):
      values = (0..<groupCount).map { $0 == groupCount - 1 ? rate : rate / 10 }
    case .spread(let first, let last):
      values = (0..<groupCount).map { group in
        groupCount == 1
          ? last : first * pow(last / first, Double(group) / Double(groupCount - 1))
      }
    case .each(let rates): values = rates
    }
    guard values.count == groupCount else {
      throw TrainingError(
        .badOption, "\(values.count) rates for \(groupCount) groups", place: "peak rates",
        remedy: "Give one rate, or one for each group.")
    }
    guard values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw TrainingError(
        .badOption, "rates of \(values.map { Float($0) })", place: "peak rates",
        remedy: "Give numbers above 0, such as 1e-3.")
    }
    return values
  }
}
