import Interactions
import Ratings
import TestEnvironment
import Testing

@Suite struct InteractionTableTests {
  @Test(arguments: IdentifierType.allCases, [0, 1, 7, 200, 5000])
  func holdsWhatTheOracleHolds(idType: IdentifierType, count: Int) throws {
    for seed in 0..<6 as Range<UInt64> {
      var sample = SampleRatings(seed: seed)
      sample.idType = idType
      sample.timeShare = seed % 3 == 0 ? 0 : seed % 3 == 1 ? 0.5 : 1
      let ratings = sample.make(count)
      for batchSize in [1, 13, 100_000] {
        let table = try table(ratings, batchSize: batchSize)
        #expect(table.ratings == oracle(ratings))
      }
    }
  }

  @Test func duplicatesAreResolvedByTimeEvenWhenTimesAreNotKept() throws {
    var sample = SampleRatings(seed: 11)
    let ratings = sample.make(3000)
    let table = try table(ratings, keepingTimes: false)
    #expect(table.times == nil)
    #expect(table.values == oracle(ratings).map(\.value))
  }

  @Test func timesThatAppearLateLeaveEarlierRowsWithout() throws {
    let early = Rating(user: UserID(1), item: ItemID(1), value: 1)
    let late = Rating(
      user: UserID(1), item: ItemID(2), value: 2, time: Timestamp(microseconds: 5))
    let table = try table([early, late], batchSize: 1)
    #expect(table.times == [Timestamp.missing, 5])
  }

  @Test func sortedInputIsKeptAsItIs() throws {
    var sample = SampleRatings(seed: 5)
    let sorted = oracle(sample.make(4000))
    #expect(try table(sorted).ratings == sorted)
  }

  @Test func idsAreSortedAndEveryOneHasARating() throws {
    var sample = SampleRatings(seed: 3)
    sample.idType = .text
    let ratings = sample.make(500)
    let table = try table(ratings)
    let users = (0..<table.userCount).map { table.identifier(of: UserIndex($0)) }
    let items = (0..<table.itemCount).map { table.identifier(of: ItemIndex($0)) }
    #expect(users == Set(ratings.map(\.user)).sorted())
    #expect(items == Set(ratings.map(\.item)).sorted())
    for user in 0..<table.userCount {
      let positions = table.positions(of: UserIndex(user))
      #expect(!positions.isEmpty)
      #expect(table.users[positions].allSatisfy { Int($0) == user })
    }
    #expect(table.userOffsets.last == table.count)
    #expect(table.itemRatingCounts().allSatisfy { $0 > 0 })
    #expect(table.itemRatingCounts().reduce(0, +) == UInt32(table.count))
  }

  @Test func extremeIntegersAreIdsLikeOthers() throws {
    let ids = [Int64.min, -1, 0, 1, .max]
    let ratings = ids.reversed().flatMap { user in
      ids.map { Rating(user: UserID(user), item: ItemID($0), value: 3) }
    }
    let table = try table(ratings)
    #expect(table.userIdentifiers == .integers(ids))
    #expect(table.itemIdentifiers == .integers(ids))
    #expect(table.count == 25)
  }

  @Test func oneUserWithManyRatingsOfFewItems() throws {
    let ratings = (0..<20_000).map { row in
      Rating(user: UserID(9), item: ItemID(Int64(row % 3)), value: Float(row))
    }
    #expect(try table(ratings).values == [19_998, 19_999, 19_997])
  }

  /// More rows than are sorted as one bucket. Most have a few users, and some the same pair, so buckets are split
  /// repeatedly, down to rows that differ only in their times.
  @Test(arguments: [0, 0.5]) func manyRatingsInNoOrder(timeShare: Double) throws {
    var generator = SplitMix64(seed: 31)
    let ratings = (0..<400_000).map { row in
      let kind = UInt64.random(in: 0..<4, using: &generator)
      let user = kind == 0 ? 5 : kind == 1 ? 6 : Int64.random(in: 0..<3000, using: &generator)
      let item = kind == 0 ? 77 : Int64.random(in: 0..<50_000, using: &generator)
      let hasTime = Double.random(in: 0..<1, using: &generator) < timeShare
      return Rating(
        user: UserID(user), item: ItemID(item), value: Float(row),
        time: hasTime
          ? Timestamp(microseconds: Int64.random(in: 0..<1000, using: &generator)) : nil)
    }
    let table = try table(ratings, batchSize: 7777)
    #expect(table.ratings == oracle(ratings))
  }

  @Test func withoutRatingsThereIsAnEmptyTable() throws {
    let table = try table([])
    #expect(table.count == 0 && table.userCount == 0 && table.itemCount == 0)
    #expect(table.userOffsets == [0])
    #expect(table.meanValue() == 0)
  }

  @Test func byItemHoldsTheSameRatings() throws {
    var sample = SampleRatings(seed: 21)
    let table = try table(sample.make(3000))
    let byItem = ItemOrientation(table)
    let expected = (0..<table.count)
      .map { (table.items[$0], table.users[$0], table.values[$0]) }
      .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    #expect(byItem.users == expected.map(\.1))
    #expect(byItem.values == expected.map(\.2))
    for item in 0..<table.itemCount {
      let positions = byItem.positions(of: ItemIndex(item))
      #expect(positions.count == expected.count { Int($0.0) == item })
    }
  }

  @Test func meanIsTheMean() throws {
    let ratings = [1, 2, 6].map { Rating(user: UserID(1), item: ItemID($0), value: Float($0)) }
    #expect(try abs(table(ratings).meanValue() - 3) < 1e-12)
  }
}
