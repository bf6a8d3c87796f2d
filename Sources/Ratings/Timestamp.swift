import Foundation

/// A moment, to the microsecond: microseconds since 1970-01-01 00:00 UTC, leap seconds not counted.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Stands for "no time" in a column of times; no timestamp has this value.
  package static let missing = Int64.min

  package let microseconds: Int64

  package init(microseconds: Int64) { self.microseconds = microseconds }

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
