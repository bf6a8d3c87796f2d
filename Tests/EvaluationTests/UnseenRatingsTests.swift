import Evaluation
import Interactions
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Compares the held-out ratings that count as unseen by an older model with the ratings it was trained on, after new
/// ratings have arrived.
@Suite struct UnseenRatingsTests {
  private static func ratings(_ count: Int, seed: UInt64, times: Range<Int64>) -> [Rating] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in
      Rating(
        user: UserID(Int64.random(in: 0..<60, using: &random)),
        item: ItemID(Int64.random(in: 0..<200, using: &random)),
        value: Float.random(in: 1...5, using: &random),
        time: Timestamp(microseconds: Int64.random(in: times, using: &random)))
    }
  }

  private static func table(
    _ ratings: [Rating], keepingTimes: Bool = true
  ) throws -> InteractionTable {
    var batch = RatingBatch(userType: .integer, itemType: .integer)
    for rating in ratings { batch.append(rating) }
    var builder = InteractionTableBuilder(keepingTimes: keepingTimes)
    try builder.append(batch)
    return builder.finish()
  }

  /// Returns a model of the training set's users and items whose rated items include the held-out ones.
  private static func model(of ratings: SplitRatings) throws -> FactorModel {
    let training = ratings.training
    var offsets: [UInt64] = [0]
    var rated: [UInt32] = []
    let held = zip(ratings.heldOut.users, ratings.heldOut.items).filter {
      $0.0 != HeldOutRatings.unknown && $0.1 != HeldOutRatings.unknown
    }
    for user in 0..<training.userCount {
      let own = training.positions(of: UserIndex(user)).map { training.items[$0] }
      rated += (own + held.filter { $0.0 == UInt32(user) }.map(\.1)).sorted()
      offsets.append(UInt64(rated.count))
    }
    let contents = FactorModelContents(
      kind: "random", users: training.userIdentifiers, items: training.itemIdentifiers,
      tables: FactorTables(
        factorCount: 0, userFactors: [], itemFactors: [],
        userBiases: Array(repeating: 0, count: training.userCount),
        itemBiases: Array(repeating: 0, count: training.itemCount), globalMean: 3),
      itemRatingCounts: training.itemRatingCounts(), ratedOffsets: offsets, ratedItems: rated,
      titles: Array(repeating: nil, count: training.itemCount))
    return try FactorModel(SafetensorsFile(MappedFile(copying: contents.encoded(), named: "m")))
  }

  @Test(
    arguments: [
      Split.random(share: 0.3, seed: 1), .sharePerUser(share: 0.3, seed: 1),
      .lastPerUser(count: 2), .time(share: 0.3),
    ],
    [
      Split.random(share: 0.3, seed: 1), .random(share: 0.3, seed: 2), .time(share: 0.2),
      .sharePerUser(share: 0.3, seed: 1), .lastPerUser(count: 2), .lastPerUser(count: 3), .none,
    ])
  func nothingThatWasLearnedFromCountsAsUnseen(now: Split, before: Split) throws {
    let old = Self.ratings(700, seed: 5, times: 0..<1000)
    let then = try Self.table(old).split(by: before)
    let model = try Self.model(of: then)
    // Later ratings, and some that arrived late.
    let more =
      Self.ratings(60, seed: 6, times: 1000..<1200) + Self.ratings(30, seed: 7, times: 0..<1000)
    let pairsBefore = Set(old.map { "\($0.user) \($0.item)" })
    let all = old + more.filter { !pairsBefore.contains("\($0.user) \($0.item)") }
    let today = try Self.table(all).split(by: now)
    let unseen = today.unseen(by: model, trainedWith: before)
    let learned = Set(then.training.rows.map { "\($0.user) \($0.item)" })
    let pairs = today.heldOut.ratings.rows.map { "\($0.user) \($0.item)" }
    #expect(unseen.count == pairs.count)
    var fair = 0
    for (pair, isUnseen) in zip(pairs, unseen) {
      if isUnseen { #expect(!learned.contains(pair), "\(pair)") }
      if !learned.contains(pair) { fair += 1 }
    }
    // Few usable ratings are discarded.
    let kept = unseen.count { $0 }
    #expect(fair > 0 && Double(kept) >= 0.75 * Double(fair), "\(kept) of \(fair)")
    if now == before, now.goesByTheRatingAlone { #expect(kept == pairs.count) }
  }

  @Test func whatCannotBeToldCountsAsLearnedFrom() throws {
    let old = Self.ratings(300, seed: 5, times: 0..<1000)
    let model = try Self.model(of: Self.table(old).split(by: .time(share: 0.3)))
    let split = Split.random(share: 0.4, seed: 2)
    let today = try Self.table(old, keepingTimes: false).split(by: split)
    let unseen = today.unseen(by: model, trainedWith: .time(share: 0.3))
    // The only ratings left are those whose user or item is new to the model.
    for (row, isUnseen) in zip(today.heldOut.ratings.rows, unseen) {
      let isKnown =
        model.users.index(of: row.user) != nil && model.items.index(of: row.item) != nil
      #expect(isUnseen != isKnown)
    }
  }
}
