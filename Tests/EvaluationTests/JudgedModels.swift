import Interactions
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment

/// A split of random ratings, with random models to evaluate on it.
struct JudgedModels {
  let ratings: SplitRatings

  init(split: Split = .random(share: 0.3, seed: 2), count: Int = 900, seed: UInt64 = 3) throws {
    var random = SplitMix64(seed: seed)
    var batch = RatingBatch(userType: .text, itemType: .integer)
    for row in 0..<count {
      batch.append(
        Rating(
          user: UserID("user \(Int.random(in: 0..<40, using: &random))"),
          item: ItemID(Int64.random(in: 0..<70, using: &random)),
          value: Float.random(in: 1...5, using: &random),
          time: Timestamp(microseconds: Int64(row))))
    }
    var builder = InteractionTableBuilder(keepingTimes: true)
    try builder.append(batch)
    ratings = try builder.finish().split(by: split)
  }

  /// Returns a model of the given users and items with random parameters. As `popularity` it ranks by random counts;
  /// with `spread` it has prediction intervals.
  func model(
    users: [UserID], items: [ItemID], ranking: Ranking = .score, spread: Bool = false,
    seed: UInt64 = 4
  ) throws -> FactorModel {
    var random = SplitMix64(seed: seed)
    var userColumn = IdentifierColumn(type: .text)
    for user in users { userColumn.append(user) }
    var itemColumn = IdentifierColumn(type: .integer)
    for item in items { itemColumn.append(item) }
    func numbers(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
    }
    var tables = FactorTables(
      factorCount: 4, userFactors: numbers(users.count * 4),
      itemFactors: numbers(items.count * 4), userBiases: numbers(users.count),
      itemBiases: numbers(items.count), globalMean: 3, ranking: ranking)
    if spread {
      tables.spread = RatingSpread(
        users: numbers(2 * users.count).map { abs($0) },
        items: numbers(2 * items.count).map { abs($0) }, bounds: 1...5)
    }
    let contents = FactorModelContents(
      kind: "random", users: userColumn, items: itemColumn, tables: tables,
      itemRatingCounts: items.map { _ in UInt32.random(in: 0...999, using: &random) },
      // The model's own list of rated items must not matter.
      ratedOffsets: Array(repeating: 0, count: users.count + 1), ratedItems: [],
      titles: items.map { _ in nil })
    return try FactorModel(SafetensorsFile(MappedFile(copying: contents.encoded(), named: "m")))
  }

  /// Returns a model of the training set's users and items.
  func ownModel(ranking: Ranking = .score, spread: Bool = false) throws -> FactorModel {
    try model(users: trainingUsers, items: trainingItems, ranking: ranking, spread: spread)
  }

  /// Returns a model that lacks some users and items of the training set and has additional ones.
  func foreignModel(spread: Bool = false) throws -> FactorModel {
    let users = trainingUsers.filter { !$0.description.hasSuffix("3") } + [UserID("zoe")]
    let items = [ItemID(-5)] + (0..<70).filter { $0 % 7 != 0 }.map { ItemID($0) } + [ItemID(900)]
    return try model(users: users.sorted(), items: items, spread: spread, seed: 5)
  }

  var trainingUsers: [UserID] {
    (0..<ratings.training.userCount).map { ratings.training.identifier(of: UserIndex($0)) }
  }

  var trainingItems: [ItemID] {
    (0..<ratings.training.itemCount).map { ratings.training.identifier(of: ItemIndex($0)) }
  }
}

extension InteractionTable {
  /// All rows with their ids.
  var rows: [(user: UserID, item: ItemID, value: Double)] {
    (0..<count).map { position in
      (
        identifier(of: UserIndex(users[position])), identifier(of: ItemIndex(items[position])),
        Double(values[position])
      )
    }
  }
}
