import Errors
import Foundation
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Lists reordered from the order of scores, compared to the definition of maximal marginal relevance.
@Suite struct RerankingTests {
  /// Returns the largest amount by which an item of `list` falls short of the best item left to choose, by the
  /// definition.
  private static func shortfall(
    of list: [Int], _ reranking: Reranking, pool: [Int], score: (Int) -> Double,
    ratings: (Int) -> Int, similarity: (Int, Int) -> Double
  ) -> Double {
    guard let low = pool.map(score).min(), let high = pool.map(score).max() else { return 0 }
    let most = pool.map(ratings).max() ?? 0
    let alike =
      pool.flatMap { one in pool.filter { $0 != one }.map { similarity(one, $0) } }.max() ?? 0
    func relevance(_ item: Int) -> Double {
      let share = high > low ? (score(item) - low) / (high - low) : 1
      let popularity = most > 0 ? log1p(Double(ratings(item))) / log1p(Double(most)) : 0
      let damping = reranking.popularityDamping
      return (1 - damping) * share + damping * (1 - popularity)
    }
    var worst = 0.0
    for place in list.indices {
      let taken = list[..<place]
      func value(_ item: Int) -> Double {
        let redundancy = taken.map { max(0, similarity($0, item) / alike) }.max() ?? 0
        return (1 - reranking.diversity) * relevance(item) - reranking.diversity * redundancy
      }
      let best = pool.filter { !taken.contains($0) }.map(value).max() ?? 0
      worst = max(worst, best - value(list[place]))
    }
    return worst
  }

  private static let settings: [(diversity: Double, damping: Double)] = [
    (0.3, 0), (1, 0), (0, 0.5), (0, 1), (0.5, 0.5), (0.05, 0.9),
  ]

  @Test(
    arguments: [FilteredListTests.Form.screened, .itemItem, .embeddingMLP], settings.indices)
  func listsAreMarginallyMostRelevant(_ form: FilteredListTests.Form, _ setting: Int) throws {
    let model = try form.open(seed: 1)
    let recommender = Recommender(model: model)
    let queries = RecommenderQueries(recommender)
    if form == .screened { queries.prepare() }
    var options = ListOptions()
    (options.reranking.diversity, options.reranking.popularityDamping) = Self.settings[setting]
    let similarities = try Self.similarities(recommender)
    for (count, poolSize) in [(1, 100), (5, 100), (15, 150), (120, 600)] {
      options.count = count
      for user in [1, 2, 99] {
        let row = user == 99 ? nil : user
        var plain = ListOptions(count: poolSize)
        plain.includesRated = options.includesRated
        let pool = try queries.recommend(for: "\(user)", plain).items
        let rows = pool.map { Int($0.id.description).map { $0 / 10 } ?? -1 }
        let scores = Dictionary(
          uniqueKeysWithValues: zip(
            rows, pool.map { row == nil ? Double($0.ratingCount) : Double($0.score ?? .nan) }))
        let found = try queries.recommend(for: "\(user)", options).items
        let list = found.map { Int($0.id.description).map { $0 / 10 } ?? -1 }
        #expect(list.count == min(count, rows.count) && Set(list).count == list.count)
        #expect(Set(list).isSubset(of: rows))
        let shortfall = Self.shortfall(of: list, options.reranking, pool: rows) {
          scores[$0] ?? .nan
        } ratings: {
          model.ratingCount(of: ItemIndex($0))
        } similarity: {
          similarities[$0][$1]
        }
        // The implementation sums in single precision.
        #expect(shortfall < 1e-5, "\(count) for \(user)")
        for item in found { #expect(pool.contains { $0.id == item.id && $0.score == item.score }) }
      }
    }
  }

  /// Returns the similarities of all pairs: by the model's weights, or by the cosines that `similar` returns for dense
  /// ratings.
  private static func similarities(_ recommender: Recommender) throws -> [[Double]] {
    let count = recommender.model.itemCount
    return (0..<count).map { item in
      var row = [Double](repeating: 0, count: count)
      let listed =
        recommender.model.similarItems(to: ItemIndex(item))
        ?? (try? recommender.similar(to: ItemIndex(item), count: count, minimumRatings: 0))
      for other in listed ?? [] { row[other.item.position] = Double(other.score) }
      return row
    }
  }

  @Test func aListMadeOfTheWholePoolHoldsTheSameItems() throws {
    let queries = RecommenderQueries(
      Recommender(model: try RandomModel(itemCount: 400, factorCount: 8).open()))
    var options = ListOptions(count: 150)
    let plain = try queries.recommend(for: "1", options).items.map(\.id)
    options.reranking.popularityDamping = 0.2
    options.count = 1500
    let all = try queries.recommend(for: "1", options).items.map(\.id)
    #expect(all.count == 400 && Set(all).isSuperset(of: plain))
    options.reranking = Reranking()
    options.count = 150
    #expect(try queries.recommend(for: "1", options).items.map(\.id) == plain)
  }

  @Test func filtersHoldForListsThatAreReranked() throws {
    let queries = RecommenderQueries(
      Recommender(model: try RandomModel(itemCount: 400, factorCount: 8).open()))
    var options = ListOptions(count: 50)
    options.reranking.diversity = 0.7
    options.filters.only = (0..<40).map { "\($0 * 10)" }
    options.filters.excluded = ["0", "10"]
    let found = try queries.recommend(for: "1", options).items.map(\.id)
    #expect(Set(found) == Set((2..<40).map { ItemID(Int64($0 * 10)) }) && found.count == 38)
  }

  /// Popularity and biases alone define no similarity.
  @Test func aModelWithoutSimilaritiesRefusesDiversityAlone() throws {
    let model = try RandomModel(itemCount: 30, factorCount: 0, ranking: .popularity).open()
    let queries = RecommenderQueries(Recommender(model: model))
    var options = ListOptions(count: 5)
    options.reranking.popularityDamping = 1
    #expect(try queries.recommend(for: "1", options).items.count == 5)
    options.reranking.diversity = 0.5
    let error = #expect(throws: RecommendingError.self) {
      try queries.recommend(for: "1", options)
    }
    #expect(error?.code == .modelWithoutFactors)
  }
}

/// Lists for many users at once.
@Suite struct ListsOfAllUsersTests {
  @Test(arguments: FilteredListTests.Form.allCases)
  func theyAreThoseOfEachUserAlone(_ form: FilteredListTests.Form) throws {
    let model = try form.open(seed: 2)
    let queries = RecommenderQueries(Recommender(model: model))
    var options = ListOptions(count: 7)
    options.filters.condition = try ItemCondition("genre=Drama or year<1970")
    if form != .popularity { options.reranking.diversity = 0.2 }
    let pieces = try queries.recommend(toRows: 2..<8, options, threadCount: 2) { lists in
      lists.map { list in
        "\(list.user?.description ?? ""): \(list.items.map { "\($0.id) \($0.score ?? .nan)" })"
      }
    }
    let expected = try (2..<8).map { user in
      let list = try queries.recommend(for: "\(user)", options)
      return "\(list.user?.description ?? ""): \(list.items.map { "\($0.id) \($0.score ?? .nan)" })"
    }
    #expect(pieces.flatMap(\.self) == expected)
  }

  @Test func aScoreThatIsNoNumberIsAnError() throws {
    var contents = RandomModel(itemCount: 50).contents()
    contents.tables.itemBiases[7] = .nan
    let queries = RecommenderQueries(Recommender(model: try contents.opened()))
    let error = #expect(throws: RecommendingError.self) {
      try queries.recommend(toRows: 0..<8, ListOptions(count: 50), threadCount: 2) { $0.count }
    }
    #expect(error?.code == .damagedModel)
  }
}
