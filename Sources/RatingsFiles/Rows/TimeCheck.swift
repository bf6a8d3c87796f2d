package import Ratings

/// How plausible the times of an import are: a wrong unit puts them all into January 1970, or beyond our
/// days.
package struct TimeCheck: Equatable, Sendable {
  /// Times as numbers, and how many of them lie before 1990 or after tomorrow.
  package private(set) var numberCount = 0
  package private(set) var implausibleCount = 0
  /// The first of those.
  package private(set) var firstImplausible: Timestamp?
  /// Times as dates, and how many of them lie so.
  package private(set) var dateCount = 0
  package private(set) var implausibleDateCount = 0
  /// How many were 0, and were taken as not known.
  package private(set) var zeroCount = 0
  /// The earliest and the latest time, dates too; nil without any.
  package private(set) var range: ClosedRange<Timestamp>?

  /// From 1990-01-01, before which nobody rated by computer, to tomorrow, in microseconds since 1970.
  static let plausible = 631_152_000_000_000...Timestamp.now.microseconds + 86_400_000_000

  /// Whether most of the dates are likely of something else than a rating.
  package var datesAreImplausible: Bool { implausibleDateCount * 2 > dateCount }

  /// Whether most of the numbers can't be right.
  package var isImplausible: Bool { implausibleCount * 2 > numberCount }

  /// Takes a time of 0 into account that was taken as not known.
  mutating func considerZero() { zeroCount += 1 }

  /// Takes a time into account, in microseconds since 1970; `isDate` where it is no number.
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
