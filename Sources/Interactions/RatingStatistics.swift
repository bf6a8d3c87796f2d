import Foundation
import Ratings

/// Summary statistics of ratings, overall and per item: counts, scale, skew and time span.
package struct RatingStatistics: Sendable {
  /// The range, median and mean of a set of numbers.
  package struct Spread: Equatable, Sendable {
    package let least, median, greatest: Int
    package let mean: Double
  }

  /// The number of ratings with one value, or from one period.
  package struct Bar<Key: Sendable & Equatable>: Sendable, Equatable {
    package let key: Key
    package var count: Int
    /// The sum of the ratings' values.
    package var sum: Double

    /// The mean of the ratings' values.
    package var mean: Double { sum / Double(count) }
  }

  package let ratingCount, userCount, itemCount: Int
  /// The mean and standard deviation of all values; 0 without ratings.
  package let mean, deviation: Double
  /// The distinct values, ascending, with their counts; empty if there are more than ``valueLimit``.
  package let values: [Bar<Float>]
  package let perUser, perItem: Spread
  /// Ratings per year, per month if the times span less than four years, or per day if less than 100 days. Empty
  /// without times.
  package let periods: [Bar<String>]
  /// Per item: the number of ratings, the sum of their values, and the time of the first in microseconds since 1970, or
  /// ``Timestamp/missing``.
  package let counts: [UInt32]
  package let sums: [Double]
  package let firstTimes: [Int64]
  /// The maximum number of distinct values that count as a rating scale.
  package static let valueLimit = 50

  /// The fraction of all user-item pairs that are rated; 0 without ratings.
  package var density: Double {
    ratingCount == 0 ? 0 : Double(ratingCount) / (Double(userCount) * Double(itemCount))
  }

  /// Computes the statistics of `table`. O(ratings + items log items).
  package init(_ table: InteractionTable) {
    (ratingCount, userCount, itemCount) = (table.count, table.userCount, table.itemCount)
    var counts = [UInt32](repeating: 0, count: table.itemCount)
    var sums = [Double](repeating: 0, count: table.itemCount)
    var firstTimes = [Int64](repeating: Timestamp.missing, count: table.itemCount)
    var bars: [Float: Bar<Float>] = [:]
    var squares = 0.0
    let mean = table.meanValue()
    for position in 0..<table.count {
      let (item, value) = (Int(table.items[position]), table.values[position])
      counts[item] += 1
      sums[item] += Double(value)
      squares += (Double(value) - mean) * (Double(value) - mean)
      if bars.count <= Self.valueLimit {
        bars[value, default: Bar(key: value, count: 0, sum: 0)].add(value)
      }
      guard let time = table.times?[position], time != Timestamp.missing else { continue }
      if firstTimes[item] == Timestamp.missing || time < firstTimes[item] {
        firstTimes[item] = time
      }
    }
    self.mean = mean
    deviation = table.count == 0 ? 0 : (squares / Double(table.count)).squareRoot()
    values =
      bars.count > Self.valueLimit ? [] : bars.values.sorted { $0.key < $1.key }
    perUser = Spread(
      (0..<table.userCount).map { table.userOffsets[$0 + 1] - table.userOffsets[$0] })
    perItem = Spread(counts.map { Int($0) })
    periods = Self.periods(of: table)
    (self.counts, self.sums, self.firstTimes) = (counts, sums, firstTimes)
  }

  /// Returns the fraction of all ratings that belong to the most-rated items, the top `share` of all items (at least
  /// one).
  package func ratingShare(ofTop share: Double) -> Double {
    guard ratingCount > 0 else { return 0 }
    let taken = max(1, Int((Double(itemCount) * share).rounded()))
    let sum = counts.sorted(by: >).prefix(taken).reduce(0) { $0 + Int($1) }
    return Double(sum) / Double(ratingCount)
  }

  /// The Gini coefficient of ratings over the rated items: 0 if all have equally many, near 1 if one has nearly all
  /// (Gini, 1912).
  package var gini: Double {
    guard ratingCount > 0 else { return 0 }
    let weighted = counts.sorted().enumerated().reduce(0.0) {
      $0 + Double($1.offset + 1) * Double($1.element)
    }
    let count = Double(itemCount)
    return 2 * weighted / (count * Double(ratingCount)) - (count + 1) / count
  }

  private static func periods(of table: InteractionTable) -> [Bar<String>] {
    let times = table.times ?? []
    let known = times.lazy.filter { $0 != Timestamp.missing }
    guard let first = known.min(), let last = known.max() else { return [] }
    let days = (Double(last) - Double(first)) / 86_400e6
    // The lengths of the ISO 8601 prefixes: year, month or day.
    let digits = days < 100 ? 10 : days < 4 * 365.25 ? 7 : 4
    var bars: [Int64: Bar<String>] = [:]
    // Ratings are grouped by day with a division, so that each day is formatted only once.
    for (time, value) in zip(times, table.values) where time != Timestamp.missing {
      let day = time.quotientRoundedDown(86_400_000_000)
      if bars[day] == nil {
        let date = Timestamp(microseconds: time).description
        bars[day] = Bar(key: String(date.prefix(digits)), count: 0, sum: 0)
      }
      bars[day]?.add(value)
    }
    var periods: [Bar<String>] = []
    for (_, bar) in bars.sorted(by: { $0.key < $1.key }) {
      if periods.last?.key == bar.key {
        periods[periods.count - 1].count += bar.count
        periods[periods.count - 1].sum += bar.sum
      } else {
        periods.append(bar)
      }
    }
    return periods
  }
}

extension RatingStatistics.Bar {
  fileprivate mutating func add(_ value: Float) {
    count += 1
    sum += Double(value)
  }
}

extension RatingStatistics.Spread {
  /// Computes the spread of `numbers`; zeros if empty. For an even count the median is the lower of the middle two.
  init(_ numbers: [Int]) {
    let sorted = numbers.sorted()
    least = sorted.first ?? 0
    greatest = sorted.last ?? 0
    median = sorted.isEmpty ? 0 : sorted[(sorted.count - 1) / 2]
    mean = sorted.isEmpty ? 0 : Double(sorted.reduce(0, +)) / Double(sorted.count)
  }
}

extension Int64 {
  /// Returns the quotient, rounded towards negative infinity.
  fileprivate func quotientRoundedDown(_ divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
