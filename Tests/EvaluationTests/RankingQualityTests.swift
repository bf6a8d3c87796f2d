import Evaluation
import Foundation
import Interactions
import Ratings
import Recommenders
import Testing

@Suite struct RankingQualityTests {
  /// Judges the slow way, by ids.
  static func oracle(
    _ model: FactorModel, _ ratings: SplitRatings
  ) -> (users: Int, ndcg: Double, recall: Double, hitRate: Double, coverage: Double) {
    let training = Dictionary(grouping: ratings.training.rows, by: \.user)
    let heldOut = Dictionary(grouping: ratings.heldOut.ratings.rows, by: \.user)
    let catalogue = (0..<model.itemCount).map { ItemIndex($0) }
    var (users, ndcg, recall, hits) = (0, 0.0, 0.0, 0)
    var covered: Set<ItemID> = []
    for (user, held) in heldOut {
      guard let known = training[user] else { continue }
      let seen = Set(known.map(\.item))
      let row = model.users.index(of: user)
      func rank(_ item: ItemIndex) -> Double {
        row == nil || model.ranking == .popularity
          ? Double(model.ratingCount(of: item))
          : Double(model.score(for: model.user(at: row), item: item))
      }
      let list = catalogue.filter { !seen.contains(model.items.identifier(at: $0)) }
        .sorted { rank($0) != rank($1) ? rank($0) > rank($1) : $0 < $1 }
        .map { model.items.identifier(at: $0) }
      let relevant = Set(held.map(\.item))
      var (gain, ideal) = (0.0, 0.0)
      for place in 0..<10 {
        if place < list.count, relevant.contains(list[place]) {
          gain += 1 / log2(Double(place + 2))
        }
        if place < relevant.count { ideal += 1 / log2(Double(place + 2)) }
      }
      users += 1
      ndcg += gain / ideal
      recall +=
        Double(Set(list.prefix(20)).intersection(relevant).count)
        / Double(min(20, relevant.count))
      if !Set(list.prefix(10)).isDisjoint(with: relevant) { hits += 1 }
      covered.formUnion(list.prefix(10))
    }
    let count = Double(users)
    return (
      users, ndcg / count, recall / count, Double(hits) / count,
      Double(covered.count) / Double(model.itemCount)
    )
  }

  @Test(
    arguments: [
      Split.random(share: 0.3, seed: 2), .time(share: 0.2), .lastPerUser(count: 1),
      .random(share: 0.95, seed: 1),
    ], ["own", "foreign", "popularity"])
  func figuresAreThoseOfTheOracle(split: Split, which: String) throws {
    let judged = try JudgedModels(split: split)
    let model =
      switch which {
      case "own": try judged.ownModel()
      case "foreign": try judged.foreignModel()
      default: try judged.ownModel(ranking: .popularity)
      }
    let quality = try #require(
      RankingQuality(of: Recommender(model: model), on: judged.ratings, threadCount: 2))
    let expected = Self.oracle(model, judged.ratings)
    #expect(quality.userCount == expected.users)
    #expect(abs(quality.ndcgAt10 - expected.ndcg) < 1e-9)
    #expect(abs(quality.recallAt20 - expected.recall) < 1e-9)
    #expect(abs(quality.hitRateAt10 - expected.hitRate) < 1e-9)
    #expect(abs(quality.coverageAt10 - expected.coverage) < 1e-9)
    #expect(
      RankingQuality(of: Recommender(model: model), on: judged.ratings, threadCount: 1) == quality)
  }

  @Test func listsAreJudgedByTheirFirstPlaces() {
    let list = JudgedList(hits: [false, true, false, true], heldOutCount: 3)
    let ideal = 1 + 1 / log2(3.0) + 1 / log2(4.0)
    #expect(abs(list.ndcg(at: 4) - (1 / log2(3.0) + 1 / log2(5.0)) / ideal) < 1e-12)
    #expect(abs(list.ndcg(at: 2) - (1 / log2(3.0)) / (1 + 1 / log2(3.0))) < 1e-12)
    #expect(abs(list.recall(at: 4) - 2.0 / 3) < 1e-12)
    #expect(abs(list.recall(at: 2) - 1.0 / 2) < 1e-12)
    #expect(!list.isHit(at: 1) && list.isHit(at: 2))
    #expect(list.ndcg(at: 0) == 0 && list.recall(at: 0) == 0 && !list.isHit(at: 0))
    let perfect = JudgedList(hits: [true, true, false], heldOutCount: 2)
    #expect(abs(perfect.ndcg(at: 10) - 1) < 1e-12 && abs(perfect.recall(at: 10) - 1) < 1e-12)
    #expect(JudgedList(hits: [], heldOutCount: 2).ndcg(at: 10) == 0)
  }
}
