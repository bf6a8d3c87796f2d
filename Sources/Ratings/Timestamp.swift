import Foundation

/// A point in time as microseconds since 1970-01-01 00:00 UTC, without leap seconds.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Marks a missing time in a column of times; no timestamp has this value.
  package static let missing = Int64.min

  package let microseconds: Int64

  package init(microseconds: Int64) { self.microseconds = microseconds }

  /// Converts a number from a user's table to microseconds since 1970. Its magnitude decides the unit:
  /// seconds (up to the year 5138), milliseconds or microseconds. nil if 64 bits overflow.
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

  /// Does the same for a number with decimals; fractions of a microsecond are dropped.
  package static func microseconds(sinceEpoch number: Double) -> Int64? {
    guard number.isFinite, number.magnitude < 9e18 else { return nil }
    let whole = number.rounded(.towardZero)
    guard let microseconds = microseconds(sinceEpoch: Int64(whole)) else { return nil }
    guard number.magnitude < 1e11 else { return microseconds }
    return microseconds + Int64(((number - whole) * 1e6).rounded())
  }

  /// The current time.
  package static var now: Timestamp {
    Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1e6).rounded()))
  }

  /// Returns whether a rating of `time` takes precedence over another of the same pair with `newTime`: both
  /// times are known and `time` is later. Both are microseconds, or ``missing``.
  package static func isNewer(_ time: Int64, than newTime: Int64) -> Bool {
    time != missing && newTime != missing && time > newTime
  }

  /// The time in ISO 8601, UTC, in whole seconds: `2000-07-30T18:45:03Z`.
  package var description: String {
    let (days, microsecondOfDay) = Self.divided(microseconds, by: 86_400_000_000)
    let (year, month, day) = Self.date(ofDay: days)
    let second = microsecondOfDay / 1_000_000
    return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
      + "T\(Self.padded(second / 3600, 2)):\(Self.padded(second / 60 % 60, 2))"
      + ":\(Self.padded(second % 60, 2))Z"
  }

  /// Converts days since 1970-01-01 to a date of the Gregorian calendar, which ISO 8601 extends to before
  /// 1582 (Howard Hinnant, "chrono-compatible low-level date algorithms"). Years begin in March.
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

  /// Returns the quotient and the non-negative remainder.
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
