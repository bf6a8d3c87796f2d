import Foundation

/// A moment, to the microsecond: microseconds since 1970-01-01 00:00 UTC, leap seconds not counted.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Stands for "no time" in a column of times; no timestamp has this value.
  package static let missing = Int64.min

  package let microseconds: Int64

  package init(microseconds: Int64) { self.microseconds = microseconds }

  /// The microseconds since 1970 that a number from somebody's table means: by its size seconds, up to
  /// the year 5138, milliseconds, or microseconds. nil beyond what 64 bits hold.
  package static func microseconds(sinceEpoch number: Int64) -> Int64? {
    let factor: Int64
    switch number.magnitude {
    case 0..<100_000_000_000: factor = 1_000_000
    case 0..<100_000_000_000_000: factor = 1000
    default: factor = 1
    }
    let (microseconds, overflow) = number.multipliedReportingOverflow(by: factor)
    return overflow || microseconds == missing ? nil : microseconds
  }

  /// The same of a number with decimals, those of less than a microsecond dropped.
  package static func microseconds(sinceEpoch number: Double) -> Int64? {
    guard number.isFinite, number.magnitude < 9e18 else { return nil }
    let whole = number.rounded(.towardZero)
    guard let microseconds = microseconds(sinceEpoch: Int64(whole)) else { return nil }
    guard number.magnitude < 1e11 else { return microseconds }
    return microseconds + Int64(((number - whole) * 1e6).rounded())
  }

  /// This moment.
  package static var now: Timestamp {
    Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1e6).rounded()))
  }

  /// Whether, of two ratings of one item by one user, that of `time` stays when another of `newTime`
  /// comes: where both are known and `time` is the later one. Both are microseconds, or ``missing``.
  package static func isNewer(_ time: Int64, than newTime: Int64) -> Bool {
    time != missing && newTime != missing && time > newTime
  }

  /// The moment in ISO 8601, UTC, whole seconds: `2000-07-30T18:45:03Z`.
  package var description: String {
    let (days, microsecondOfDay) = Self.divided(microseconds, by: 86_400_000_000)
    let (year, month, day) = Self.date(ofDay: days)
    let second = microsecondOfDay / 1_000_000
    return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
      + "T\(Self.padded(second / 3600, 2)):\(Self.padded(second / 60 % 60, 2))"
      + ":\(Self.padded(second % 60, 2))Z"
  }

  /// The date in the Gregorian calendar, as ISO 8601 counts on before 1582, of a day since 1970-01-01
  /// (Howard Hinnant, "chrono-compatible low-level date algorithms"): years begin in March.
  private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = divided(day + 719_468, by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * marchMonth + 2) / 5 + 1
    )
  }

  /// Quotient and remainder, which is not negative.
  private static func divided(_ number: Int64, by divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number.magnitude)
    return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count))
      + digits
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.microseconds < right.microseconds
  }
}
