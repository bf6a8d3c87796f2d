import Foundation
import Interactions
import Ratings
import TestEnvironment
import Testing

/// Compares statistics of random ratings with naive counts.
@Suite struct RatingStatisticsTests {
  private static let day: Int64 = 86_400_000_000

  private func random(_ count: Int, days: ClosedRange<Int64>) throws -> [Rating] {
    var random = SplitMix64(seed: 5)
    var seen: Set<[Int64]> = []
    return (0..<count).compactMap { _ in
      let (user, item) = (
        Int64.random(in: 0..<30, using: &random), Int64.random(in: 0..<40, using: &random)
      )
      guard seen.insert([user, item]).inserted else { return nil }
      let hasTime = Int.random(in: 0..<4, using: &random) > 0
      return Rating(
        user: UserID(user), item: ItemID(item),
        value: Float(Int.random(in: 1...10, using: &random)) / 2,
        time: hasTime
          ? Timestamp(microseconds: Int64.random(in: days, using: &random) * Self.day + 5) : nil)
    }
  }

  @Test func figuresAreThoseOfTheRatings() throws {
    let ratings = try random(600, days: 0...8000)
    let statistics = RatingStatistics(try table(ratings))
    let values = ratings.map { Double($0.value) }
    let mean = values.reduce(0, +) / Double(values.count)
    #expect(statistics.ratingCount == ratings.count)
    #expect(abs(statistics.mean - mean) < 1e-9)
    let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
    #expect(abs(statistics.deviation - deviation.squareRoot()) < 1e-9)
    #expect(abs(statistics.density - Double(ratings.count) / (30 * 40)) < 1e-9)
    for bar in statistics.values {
      #expect(bar.count == ratings.count { $0.value == bar.key })
    }
    #expect(statistics.values.reduce(0) { $0 + $1.count } == ratings.count)
    #expect(statistics.values.map(\.key) == statistics.values.map(\.key).sorted())

    let byItem = Dictionary(grouping: ratings, by: \.item).sorted { $0.key < $1.key }
    for (row, entry) in byItem.enumerated() {
      #expect(Int(statistics.counts[row]) == entry.value.count)
      let sum = entry.value.reduce(0) { $0 + Double($1.value) }
      #expect(abs(statistics.sums[row] - sum) < 1e-9)
      let first = entry.value.compactMap { $0.time?.microseconds }.min()
      #expect(statistics.firstTimes[row] == first ?? Timestamp.missing)
    }
    let counts = byItem.map(\.value.count).sorted()
    #expect(statistics.perItem.least == counts.first && statistics.perItem.greatest == counts.last)
    #expect(statistics.perItem.median == counts[(counts.count - 1) / 2])
    let users = Dictionary(grouping: ratings, by: \.user).values.map(\.count)
    #expect(statistics.perUser.greatest == users.max())
    let top = Double(counts.suffix(4).reduce(0, +)) / Double(ratings.count)
    #expect(abs(statistics.ratingShare(ofTop: 0.1) - top) < 1e-9)

    // Half the mean absolute difference of all pairs, relative to the mean.
    let differences = counts.reduce(0) { sum, one in
      sum + counts.reduce(0) { $0 + abs($1 - one) }
    }
    let gini = Double(differences) / (2 * 40 * Double(ratings.count))
    #expect(abs(statistics.gini - gini) < 1e-9)
  }

  @Test(arguments: [(0...8000, 4), (0...900, 7), (0...60, 10)] as [(ClosedRange<Int64>, Int)])
  func periodsAreAsLongAsTheTimesAsk(_ days: ClosedRange<Int64>, _ digits: Int) throws {
    let ratings = try random(500, days: days)
    let statistics = RatingStatistics(try table(ratings))
    let timed = ratings.compactMap { rating in
      rating.time.map { (String($0.description.prefix(digits)), Double(rating.value)) }
    }
    let expected = Dictionary(grouping: timed, by: \.0).sorted { $0.key < $1.key }
    #expect(statistics.periods.map(\.key) == expected.map(\.key))
    #expect(statistics.periods.map(\.count) == expected.map(\.value.count))
    for (period, known) in zip(statistics.periods, expected) {
      let mean = known.value.reduce(0) { $0 + $1.1 } / Double(known.value.count)
      #expect(abs(period.mean - mean) < 1e-9)
    }
  }

  @Test func emptyAndExtremeRatingsAreTold() throws {
    let none = RatingStatistics(try table([]))
    #expect(none.ratingCount == 0 && none.density == 0 && none.gini == 0 && none.values.isEmpty)
    #expect(none.periods.isEmpty && none.ratingShare(ofTop: 0.1) == 0)
    let extreme = RatingStatistics(
      try table(
        [Int64.min + 1, Int64.max].enumerated().map { number, time in
          Rating(
            user: UserID(1), item: ItemID(Int64(number)), value: 1,
            time: Timestamp(microseconds: time))
        }))
    #expect(extreme.periods.reduce(0) { $0 + $1.count } == 2)
    let many = (0..<60).map { Rating(user: UserID(1), item: ItemID($0), value: Float($0)) }
    #expect(RatingStatistics(try table(many)).values.isEmpty, "60 values are not a scale")
  }
}
