import Interactions
import Ratings
import TestEnvironment
import Testing

@Suite struct SplitTests {
  static let splits: [Split] = [
    .none, .random(share: 0.2, seed: 4), .time(share: 0.1), .lastPerUser(count: 2),
    .sharePerUser(share: 0.3, seed: 4), .fold(1, of: 3, seed: 4),
  ]

  /// Returns unique ratings, each with a time.
  static func ratings(_ count: Int, idType: IdentifierType = .integer) -> [Rating] {
    var sample = SampleRatings(seed: 77)
    sample.timeShare = 1
    sample.idType = idType
    return sample.makeUnique(count)
  }

  @Test(arguments: splits, IdentifierType.allCases)
  func bothPartsTogetherAreTheWhole(split: Split, idType: IdentifierType) throws {
    for count in [3, 30, 900] {
      let ratings = Self.ratings(count, idType: idType)
      let parts = try table(ratings).split(by: split)
      let heldOut = parts.heldOut.ratings.ratings
      #expect(oracle(parts.training.ratings + heldOut) == oracle(ratings))
      #expect(parts.training.count + parts.heldOut.count == ratings.count)
      let users = Set(parts.training.ratings.map(\.user))
      let items = Set(parts.training.ratings.map(\.item))
      #expect(parts.training.userCount == users.count)
      #expect(parts.training.itemCount == items.count)
      for (position, rating) in heldOut.enumerated() {
        let user = parts.heldOut.users[position]
        let item = parts.heldOut.items[position]
        #expect((user == HeldOutRatings.unknown) == !users.contains(rating.user))
        #expect((item == HeldOutRatings.unknown) == !items.contains(rating.item))
        if user != HeldOutRatings.unknown {
          #expect(parts.training.identifier(of: UserIndex(user)) == rating.user)
        }
        if item != HeldOutRatings.unknown {
          #expect(parts.training.identifier(of: ItemIndex(item)) == rating.item)
        }
        #expect(parts.heldOut.values[position] == rating.value)
      }
    }
  }

  @Test(arguments: splits, IdentifierType.allCases)
  func partsThatAreJoinedAreTheTableThatWasSplit(split: Split, idType: IdentifierType) throws {
    for count in [3, 30, 900] {
      let whole = try table(Self.ratings(count, idType: idType))
      let joined = try whole.split(by: split).joined()
      #expect(joined.heldOut.count == 0)
      #expect(joined.training.ratings == whole.ratings)
      #expect(joined.training.fingerprint() == whole.fingerprint())
      #expect(joined.training.times == whole.times)
      #expect(joined.training.userIdentifiers == whole.userIdentifiers)
      #expect(joined.training.itemIdentifiers == whole.itemIdentifiers)
    }
  }

  @Test(arguments: splits)
  func splittingLeavesAnotherHoldersTableAlone(split: Split) throws {
    let ratings = Self.ratings(300)
    let whole = try table(ratings)
    _ = try whole.split(by: split)
    #expect(whole.ratings == oracle(ratings))
  }

  @Test func aRatingStaysOnItsSideAsTheDataGrows() throws {
    let ratings = Self.ratings(1200)
    let split = Split.random(share: 0.3, seed: 9)
    let few = try table(Array(ratings.prefix(400))).split(by: split)
    let many = try table(ratings).split(by: split)
    let pairs = Set(many.heldOut.ratings.ratings.map { Pair(user: $0.user, item: $0.item) })
    #expect(few.heldOut.count > 80)
    #expect(
      few.heldOut.ratings.ratings.allSatisfy { pairs.contains(Pair(user: $0.user, item: $0.item)) })
    #expect(
      few.training.ratings.allSatisfy { !pairs.contains(Pair(user: $0.user, item: $0.item)) })
  }

  @Test(arguments: [2, 5, 64])
  func foldsHoldEachRatingOutOnce(count: Int) throws {
    let ratings = Self.ratings(900)
    let whole = try table(ratings)
    let folds = try (0..<count).map {
      try whole.split(by: .fold($0, of: count, seed: 3)).heldOut.ratings.ratings
    }
    #expect(oracle(folds.flatMap { $0 }) == oracle(ratings))
    let expected = Double(ratings.count) / Double(count)
    for fold in folds {
      #expect(abs(Double(fold.count) - expected) < 5 * expected.squareRoot() + 1)
    }
    let first = try whole.split(by: .random(share: 1 / Double(count), seed: 3))
    if count.nonzeroBitCount == 1 { #expect(first.heldOut.ratings.ratings == folds[0]) }
    for wrong in [Split.fold(count, of: count, seed: 3), .fold(-1, of: count, seed: 3)] {
      #expect(throws: InteractionError.self) { try whole.split(by: wrong) }
    }
  }

  @Test(arguments: IdentifierType.allCases, [0.05, 0.5, 0.9])
  func theRandomShareIsAboutWhatWasAskedFor(idType: IdentifierType, share: Double) throws {
    var sample = SampleRatings(seed: 8)
    sample.idType = idType
    sample.idCount = 300
    let ratings = sample.makeUnique(20_000)
    let table = try table(ratings)
    let first = try table.split(by: .random(share: share, seed: 1)).heldOut.count
    let deviation = (Double(ratings.count) * share * (1 - share)).squareRoot()
    #expect(abs(Double(first) - Double(ratings.count) * share) < 5 * deviation)
    let other = try table.split(by: .random(share: share, seed: 2)).heldOut.ratings
    let both = Set(other.ratings.map { Pair(user: $0.user, item: $0.item) })
      .intersection(
        try table.split(by: .random(share: share, seed: 1)).heldOut.ratings.ratings
          .map { Pair(user: $0.user, item: $0.item) })
    // Two seeds draw independently: the share held out by both is the product of the shares.
    let expected = Double(ratings.count) * share * share
    #expect(abs(Double(both.count) - expected) < 5 * expected.squareRoot() + 5)
  }

  /// The side of a rating must not change between versions: yesterday's model was not trained on yesterday's held-out
  /// ratings.
  @Test func theDrawIsTheSameInEveryVersion() throws {
    let numbers = (0..<64).map {
      Rating(user: UserID(Int64($0 / 8)), item: ItemID(Int64($0 % 8)), value: 1)
    }
    let texts = numbers.map {
      Rating(user: UserID("u\($0.user)"), item: ItemID("i\($0.item)"), value: 1)
    }
    func mask(_ ratings: [Rating]) throws -> UInt64 {
      let held = try table(ratings).split(by: .random(share: 0.5, seed: 42)).heldOut.ratings.ratings
      return held.reduce(0) { mask, rating in
        mask | 1 << UInt64(ratings.firstIndex(of: rating)!)
      }
    }
    #expect(try String(mask(numbers), radix: 16) == "845b6dbb4d9a84de")
    #expect(try String(mask(texts), radix: 16) == "f9276d68899a3aa0")
  }

  @Test func byTimeTheNewestAreHeldOutAndTiesStayTogether() throws {
    let ratings = Self.ratings(700)
    for share in [0.001, 0.1, 0.5, 0.9] {
      let parts = try table(ratings).split(by: .time(share: share))
      let times = ratings.compactMap(\.time).sorted(by: >)
      let cut = times[Int((share * Double(times.count)).rounded(.up)) - 1]
      #expect(parts.heldOut.ratings.ratings == oracle(ratings.filter { $0.time! >= cut }))
    }
  }

  @Test func timesOfAnyMagnitudeAreOrdered() throws {
    let times: [Int64] = [.min + 1, -1, 0, 1, 65_535, 65_536, 1 << 40, .max]
    let ratings = times.enumerated().map { row, time in
      Rating(
        user: UserID(Int64(row % 2)), item: ItemID(Int64(row)), value: 1,
        time: Timestamp(microseconds: time))
    }
    for held in 1..<times.count {
      let parts = try table(ratings.reversed())
        .split(by: .time(share: Double(held) / Double(times.count)))
      #expect(parts.heldOut.ratings.times?.sorted() == Array(times.suffix(held)))
    }
  }

  @Test func lastPerUserHoldsTheNewestOutAndSparesShortHistories() throws {
    let ratings =
      Self.ratings(500) + [
        Rating(user: UserID(1), item: ItemID(1), value: 1, time: Timestamp(microseconds: 99))
      ]
    let parts = try table(ratings).split(by: .lastPerUser(count: 3))
    let expected = Dictionary(grouping: ratings, by: \.user).values.flatMap { own in
      own.count <= 3
        ? [] : own.sorted { ($0.time!, $0.item) > ($1.time!, $1.item) }.prefix(3).map { $0 }
    }
    #expect(parts.heldOut.ratings.ratings == oracle(expected))
    #expect(!parts.heldOut.users.contains(HeldOutRatings.unknown))
  }

  @Test func sharePerUserHoldsOutAShareOfEachUser() throws {
    let ratings = Self.ratings(600)
    let small = try table(ratings).split(by: .sharePerUser(share: 0.2, seed: 5))
    let large = try table(ratings).split(by: .sharePerUser(share: 0.6, seed: 5))
    let own = Dictionary(grouping: ratings, by: \.user).mapValues(\.count)
    let held = Dictionary(grouping: small.heldOut.ratings.ratings, by: \.user).mapValues(\.count)
    for (user, count) in own {
      #expect(held[user, default: 0] == min(Int((0.2 * Double(count)).rounded()), count - 1))
    }
    // Ratings of a user are ordered by hash, so a larger share holds out a superset of a smaller one's.
    let more = Set(large.heldOut.ratings.ratings.map { Pair(user: $0.user, item: $0.item) })
    #expect(
      small.heldOut.ratings.ratings.allSatisfy {
        more.contains(Pair(user: $0.user, item: $0.item))
      })
    let single = try table([Rating(user: UserID(1), item: ItemID(1))])
      .split(by: .sharePerUser(share: 0.9, seed: 5))
    #expect(single.heldOut.count == 0)
  }
}
