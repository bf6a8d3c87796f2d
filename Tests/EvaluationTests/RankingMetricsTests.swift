import Evaluation
import Foundation
import Interactions
import Ratings
import Recommenders
import Testing

/// Compares ranking metrics with a naive computation by ids.
@Suite struct RankingMetricsTests {
  /// Evaluates the model naively, by ids.
  static func oracle(_ model: FactorModel, _ ratings: SplitRatings) -> [Metric: Double] {
    let training = Dictionary(grouping: ratings.training.rows, by: \.user)
    let heldOut = Dictionary(grouping: ratings.heldOut.ratings.rows, by: \.user)
    let catalogue = (0..<model.itemCount).map { ItemIndex($0) }
    var (users, ndcg, map, recall, hits) = (0, 0.0, 0.0, 0.0, 0)
    var (precision, mrr, novelty, popularity) = (0.0, 0.0, 0.0, 0.0)
    let raters = Dictionary(grouping: ratings.training.rows, by: \.item).mapValues { $0.count }
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
      var (gain, ideal, precisions) = (0.0, 0.0, 0.0)
      for place in 0..<10 {
        if place < list.count, relevant.contains(list[place]) {
          gain += 1 / log2(Double(place + 2))
          precisions +=
            Double(relevant.intersection(list.prefix(place + 1)).count) / Double(place + 1)
        }
        if place < relevant.count { ideal += 1 / log2(Double(place + 2)) }
      }
      users += 1
      ndcg += gain / ideal
      map += precisions / Double(min(10, relevant.count))
      recall +=
        Double(Set(list.prefix(20)).intersection(relevant).count)
        / Double(min(20, relevant.count))
      let best = list.prefix(10)
      precision += Double(relevant.intersection(best).count) / 10
      mrr += best.firstIndex(where: relevant.contains).map { 1 / Double($0 + 1) } ?? 0
      let shares = best.map { Double(raters[$0] ?? 1) / Double(training.count) }
      if !shares.isEmpty {
        novelty += shares.reduce(0) { $0 - log2($1) } / Double(shares.count)
        popularity += shares.reduce(0, +) / Double(shares.count)
      }
      if !Set(list.prefix(10)).isDisjoint(with: relevant) { hits += 1 }
      covered.formUnion(list.prefix(10))
    }
    let count = Double(users)
    return [
      .ndcgAt10: ndcg / count, .mapAt10: map / count, .recallAt20: recall / count,
      .hitRateAt10: Double(hits) / count,
      .coverageAt10: Double(covered.count) / Double(model.itemCount),
      .precisionAt10: precision / count, .mrrAt10: mrr / count, .noveltyAt10: novelty / count,
      .popularityAt10: popularity / count,
    ]
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
    let expected = Self.oracle(model, judged.ratings)
    func report(_ threadCount: Int) -> ModelReport {
      ModelReport(
        name: which, model: model, ratings: judged.ratings, metrics: Array(expected.keys),
        threadCount: threadCount)
    }
    for (metric, figure) in expected {
      #expect(abs(try #require(report(2)[metric]) - figure) < 1e-9, "\(metric.name)")
    }
    #expect(report(1) == report(2))
  }

  @Test func listsAreJudgedByTheirFirstPlaces() {
    func list(_ hits: [Bool], heldOutCount: Int) -> JudgedList {
      JudgedList(
        items: hits.indices.map { ItemIndex($0) },
        heldOut: Set(hits.indices.filter { hits[$0] }.map { ItemIndex($0) }),
        heldOutCount: heldOutCount, popularity: hits.map { _ in 0.5 })
    }
    let mixed = list([false, true, false, true], heldOutCount: 3)
    let ideal = 1 + 1 / log2(3.0) + 1 / log2(4.0)
    #expect(abs(mixed.ndcg(at: 4) - (1 / log2(3.0) + 1 / log2(5.0)) / ideal) < 1e-12)
    #expect(abs(mixed.ndcg(at: 2) - (1 / log2(3.0)) / (1 + 1 / log2(3.0))) < 1e-12)
    #expect(abs(mixed.averagePrecision(at: 4) - (1.0 / 2 + 2.0 / 4) / 3) < 1e-12)
    #expect(abs(mixed.averagePrecision(at: 2) - (1.0 / 2) / 2) < 1e-12)
    #expect(abs(mixed.recall(at: 4) - 2.0 / 3) < 1e-12)
    #expect(abs(mixed.recall(at: 2) - 1.0 / 2) < 1e-12)
    #expect(!mixed.isHit(at: 1) && mixed.isHit(at: 2))
    for figure in [mixed.ndcg(at: 0), mixed.averagePrecision(at: 0), mixed.recall(at: 0)] {
      #expect(figure.isZero)
    }
    #expect(!mixed.isHit(at: 0))
    let perfect = list([true, true, false], heldOutCount: 2)
    for figure in [perfect.ndcg(at: 10), perfect.averagePrecision(at: 10), perfect.recall(at: 10)] {
      #expect(abs(figure - 1) < 1e-12)
    }
    #expect(list([], heldOutCount: 2).ndcg(at: 10).isZero)
  }
}
