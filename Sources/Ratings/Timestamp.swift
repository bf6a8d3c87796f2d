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
    let seconds = (Double(microseconds) / 1e6).rounded(.down)
    return Date(timeIntervalSince1970: seconds).formatted(.iso8601)
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.microseconds < right.microseconds
  }
}
