import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Similarity of items by co-rating, compared to the formula.
struct CoRatingTests {
  /// Returns a random model whose users have rated few items; no one has rated the last item, everyone the one before
  /// it.
  static func sparse(
    users: Int = 60, items: Int = 90, share: Double = 0.1, ranking: Ranking = .score,
    factors: Int = 3, seed: UInt64
  ) -> FactorModelContents {
    var contents = RandomModel(
      userCount: users, itemCount: items, factorCount: factors, ranking: ranking, seed: seed
    ).contents()
    var random = SplitMix64(seed: seed + 99)
    var (offsets, rated): ([UInt64], [UInt32]) = ([0], [])
    for user in 0..<users {
      for item in 0..<items - 1 {
        // Some items are rated by many users, and each mainly by every other user.
        let chance = share * [0.3, 1, 2][item % 3] * (item % 2 == user % 2 ? 1.5 : 0.5)
        if item == items - 2 || Double.random(in: 0..<1, using: &random) < chance {
          rated.append(UInt32(item))
        }
      }
      offsets.append(UInt64(rated.count))
    }
    (contents.catalogue.ratedOffsets, contents.catalogue.ratedItems) = (offsets, rated)
    return contents
  }

  /// Returns the similarities of all pairs; 0 for pairs that are not similar.
  static func similarities(_ catalogue: ModelCatalogueContents) -> [[Double]] {
    let (users, items) = (catalogue.users.count, catalogue.items.count)
    var raters = [Set<Int>](repeating: [], count: items)
    for user in 0..<users {
      let own = Int(catalogue.ratedOffsets[user])..<Int(catalogue.ratedOffsets[user + 1])
      for item in catalogue.ratedItems[own] { raters[Int(item)].insert(user) }
    }
    return raters.map { one in
      raters.map { other in
        let (n, m) = (Double(one.count) / Double(users), Double(other.count) / Double(users))
        let both = Double(one.intersection(other).count)
        let phi = (both / Double(users) - n * m) / (n * (1 - n) * m * (1 - m)).squareRoot()
        return phi > 0 ? phi * both / (both + 50) : 0
      }
    }
  }

  @Test(arguments: 0..<3) func similarItemsAreThoseThatTheSameUsersHaveRated(_ seed: UInt64) throws
  {
    let contents = Self.sparse(seed: seed)
    let recommender = Recommender(model: try contents.opened())
    #expect(recommender.itemSimilarity == .coRatings)
    let expected = Self.similarities(contents.catalogue)
    for item in 0..<90 {
      for count in [0, 4, 1000] {
        let found = try recommender.similar(to: ItemIndex(item), count: count, minimumRatings: 0)
        let others = (0..<90).filter { $0 != item && expected[item][$0] > 1e-12 }
        #expect(found.count == min(count, others.count))
        #expect(!found.rows.contains(item) && Set(found.rows).count == found.count)
        let best = others.map { expected[item][$0] }.sorted(by: >)
        for (one, score) in zip(found, best) {
          #expect(abs(Double(one.score) - score) < 1e-6)
          #expect(abs(Double(one.score) - expected[item][one.item.position]) < 1e-6)
        }
      }
    }
  }

  @Test func factorsAreComparedWhereTheyRankOrNearlyAllIsRated() throws {
    func similarity(_ contents: FactorModelContents) throws -> ItemSimilarity {
      Recommender(model: try contents.opened()).itemSimilarity
    }
    #expect(try similarity(Self.sparse(ranking: .preference, seed: 1)) == .cosine)
    #expect(try similarity(Self.sparse(share: 0.5, seed: 1)) == .cosine)
    #expect(try similarity(Self.sparse(share: 0.5, factors: 0, seed: 1)) == .coRatings)
    #expect(try similarity(Self.sparse(ranking: .popularity, factors: 0, seed: 1)) == .coRatings)
    let weights = try FilteredListTests.Form.itemItem.open(seed: 1)
    #expect(Recommender(model: weights).itemSimilarity == .coRatings)
  }

  /// Exact within the limits, approximate beyond them: 4,000 users, a third of whom are counted.
  @Test func beyondTheLimitsSomeOfTheUsersAreCounted() throws {
    let contents = Self.sparse(users: 4000, items: 40, share: 0.2, seed: 5)
    let catalogue = try contents.opened().catalogue
    let ratings = contents.catalogue.ratedItems.count
    let whole = CoRatings(of: catalogue)
    let same = CoRatings(of: catalogue, raterLimit: ratings, readLimit: ratings)
    let few = CoRatings(of: catalogue, raterLimit: ratings / 3)
    let short = CoRatings(of: catalogue, readLimit: 8000)
    for item in 0..<40 {
      let exact = whole.similarItems(to: ItemIndex(item))
      #expect(same.similarItems(to: ItemIndex(item)) == exact)
      for limited in [few, short] {
        let found = Dictionary(
          uniqueKeysWithValues: limited.similarItems(to: ItemIndex(item)).map {
            ($0.item, $0.score)
          })
        // With some hundreds of users counted, a similarity has an error of about 0.04.
        for other in exact { #expect(abs((found[other.item] ?? 0) - other.score) < 0.2) }
      }
    }
    // An item with many ratings.
    for limited in [few, short] {
      #expect(limited.similarItems(to: ItemIndex(2)) != whole.similarItems(to: ItemIndex(2)))
    }
  }
}
