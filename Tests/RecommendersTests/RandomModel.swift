import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment

/// The style of the numbers in a random model.
enum NumberStyle: CaseIterable {
  /// Small integers: every sum is exact, and ties are frequent.
  case whole
  /// Normally distributed, like trained factors.
  case normal
  /// Items with very different norms.
  case uneven
  /// Products near 1e24.
  case large
  /// Products that underflow to zero.
  case tiny
  /// Every item the same.
  case equal
  /// No factors, only biases.
  case zero

  func number(using random: inout SplitMix64) -> Float {
    switch self {
    case .whole: Float(Int.random(in: -2...2, using: &random))
    case .normal, .uneven: gaussian(using: &random)
    case .large: gaussian(using: &random) * 1e12
    case .tiny: gaussian(using: &random) * 1e-30
    case .equal: 0.5
    case .zero: 0
    }
  }
}

func gaussian(using random: inout SplitMix64) -> Float {
  (0..<12).reduce(Float(-6)) { sum, _ in sum + Float.random(in: 0..<1, using: &random) }
}

/// A random model with users 0, 1, 2 ... and items 0, 10, 20 ... The first user has rated everything, the second
/// nothing.
struct RandomModel {
  var userCount = 8
  var itemCount = 300
  var factorCount = 16
  var style = NumberStyle.normal
  var ranking = Ranking.score
  var outputRange: OutputRange?
  var seed: UInt64 = 1

  func contents() -> FactorModelContents {
    var random = SplitMix64(seed: seed)
    let userFactors = (0..<userCount * factorCount).map { _ in style.number(using: &random) }
    let itemFactors = (0..<itemCount).flatMap { item in
      let length: Float = style == .uneven ? [0, 0.01, 0.3, 1, 9][item % 5] : 1
      return (0..<factorCount).map { _ in style.number(using: &random) * length }
    }
    var rated: [UInt32] = []
    var offsets: [UInt64] = [0]
    for user in 0..<userCount {
      let share = user == 0 ? 1.0 : user == 1 ? 0 : 0.3
      rated += (0..<UInt32(itemCount)).filter { _ in
        Double.random(in: 0..<1, using: &random) < share
      }
      offsets.append(UInt64(rated.count))
    }
    return FactorModelContents(
      kind: "random", users: .integers((0..<userCount).map(Int64.init)),
      items: .integers((0..<itemCount).map { Int64($0 * 10) }),
      tables: FactorTables(
        factorCount: factorCount, userFactors: userFactors, itemFactors: itemFactors,
        userBiases: (0..<userCount).map { _ in style.number(using: &random) },
        itemBiases: (0..<itemCount).map { _ in style.number(using: &random) }, globalMean: 3,
        outputRange: outputRange, ranking: ranking),
      itemRatingCounts: (0..<itemCount).map { _ in UInt32.random(in: 0...20, using: &random) },
      ratedOffsets: offsets, ratedItems: rated, titles: Array(repeating: nil, count: itemCount))
  }

  func open() throws -> FactorModel { try contents().opened() }
}

extension FactorModelContents {
  /// Returns the score in double precision.
  func score(_ user: Int, _ item: Int) -> Double {
    var score =
      Double(tables.globalMean) + Double(tables.userBiases[user]) + Double(tables.itemBiases[item])
    for factor in 0..<tables.factorCount {
      score +=
        Double(tables.userFactors[user * tables.factorCount + factor])
        * Double(tables.itemFactors[item * tables.factorCount + factor])
    }
    return score
  }

  /// Returns the rows of the items that a user has rated.
  func rated(_ user: Int) -> Set<Int> {
    Set(
      catalogue.ratedItems[
        Int(catalogue.ratedOffsets[user])..<Int(catalogue.ratedOffsets[user + 1])
      ].map { Int($0) })
  }
}

/// Returns the rows with the best scores by sorting all of them.
func best(_ count: Int, of rows: [Int], by score: (Int) -> Double) -> [Int] {
  let scored = rows.map { (row: $0, score: score($0)) }
  let ranked = scored.sorted { $0.score != $1.score ? $0.score > $1.score : $0.row < $1.row }
  return ranked.prefix(count).map(\.row)
}

extension ScoredModel {
  /// Returns the user in `row`, or an unknown user.
  func user(_ row: Int?) -> UserVector { user(at: row.map { UserIndex($0) }) }
}

extension Recommender {
  /// Returns the best items for the user in `row`.
  func recommend(for row: Int, count: Int, includingRated: Bool = false) -> [ScoredItem] {
    let user = model.user(row)
    return recommend(for: user, count: count, filter: includingRated ? .all : .unrated(by: user))
  }

  /// Returns the best items for several users, computed by one call.
  func recommend(
    for rows: [Int], count: Int, includingRated: Bool = false, threadCount: Int
  ) -> [[ScoredItem]] {
    recommend(queryCount: rows.count, count: count, threadCount: threadCount) { position in
      let user = model.user(rows[position])
      return (user, includingRated ? .all : .unrated(by: user))
    }
  }
}

extension [ScoredItem] {
  var rows: [Int] { map(\.item.position) }
}
