package import Ratings

/// The plausibility of an import's times. A wrong unit puts them all in January 1970 or the far future.
package struct TimeCheck: Equatable, Sendable {
  /// The number of numeric times, and of those before 1990 or after tomorrow.
  package private(set) var numberCount = 0
  package private(set) var implausibleCount = 0
  /// The first implausible numeric time.
  package private(set) var firstImplausible: Timestamp?
  /// The number of dates, and of those before 1990 or after tomorrow.
  package private(set) var dateCount = 0
  package private(set) var implausibleDateCount = 0
  /// The number of times that were 0 and counted as missing.
  package private(set) var zeroCount = 0
  /// The earliest and the latest time, including dates; nil if there are none.
  package private(set) var range: ClosedRange<Timestamp>?

  /// From 1990-01-01, before which nobody rated by computer, to tomorrow, in microseconds since 1970.
  static let plausible = 631_152_000_000_000...Timestamp.now.microseconds + 86_400_000_000

  /// Whether most of the dates are probably not rating times.
  package var datesAreImplausible: Bool { implausibleDateCount * 2 > dateCount }

  /// Whether most of the numeric times are implausible.
  package var isImplausible: Bool { implausibleCount * 2 > numberCount }

  /// Counts a time of 0 that was taken as missing.
  mutating func considerZero() { zeroCount += 1 }

  /// Checks a time, in microseconds since 1970; `isDate` if it is not a number.
  mutating func consider(_ time: Int64, isDate: Bool) {
    let isPlausible = Self.plausible.contains(time)
    if !isPlausible, firstImplausible == nil {
      firstImplausible = Timestamp(microseconds: time)
    }
    if isDate {
      dateCount += 1
      if !isPlausible { implausibleDateCount += 1 }
    } else {
      numberCount += 1
      if !isPlausible { implausibleCount += 1 }
    }
    let moment = Timestamp(microseconds: time)
    guard let range else {
      range = moment...moment
      return
    }
    if moment < range.lowerBound { self.range = moment...range.upperBound }
    if moment > range.upperBound { self.range = range.lowerBound...moment }
  }
}
