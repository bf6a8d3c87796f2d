import Errors
import Foundation

/// The peak learning rates of the parameter groups, first group first.
package enum PeakRates: Sendable, Equatable, ExpressibleByArrayLiteral {
  /// The same rate for all groups.
  case same(Double)
  /// This rate for the last group and a tenth of it for all others (fastai's `slice(rate)`).
  case mainlyLast(Double)
  /// Rates in geometric progression from the first group to the last (fastai's `slice(first, last)`). A single group
  /// gets the last one's.
  case spread(from: Double, to: Double)
  /// A rate for each group.
  case each([Double])

  package init(arrayLiteral rates: Double...) {
    self = rates.count == 1 ? .same(rates[0]) : .each(rates)
  }

  /// Returns the rates of `groupCount` groups. Throws `badOption` if the number of rates does not match, or a rate is
  /// not positive and finite.
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
        .badOption, "invalid rates \(values.map { Float($0) })", place: "peak rates",
        remedy: "Give numbers above 0, such as 1e-3.")
    }
    return values
  }
}
