import Errors
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// The terms of a score add up to it.
struct ExplanationTests {
  private static let range = OutputRange(lower: 0, upper: 5.5)

  @Test(arguments: [Ranking.score, .popularity], [0, 5, 33])
  func theTermsOfAPredictionAddUpToIt(
    _ ranking: Ranking, _ factors: Int
  ) throws {
    for range in [nil, Self.range] { try check(range, ranking, factors) }
  }

  private func check(_ range: OutputRange?, _ ranking: Ranking, _ factors: Int) throws {
    let model = try RandomModel(
      userCount: 9, itemCount: 40, factorCount: factors, ranking: ranking, outputRange: range
    ).open()
    for user in (0..<9).map({ model.user(at: UserIndex($0)) }) + [model.averageUser] {
      for item in (0..<40).map({ ItemIndex($0) }) {
        let terms = try #require(model.terms(for: user, item: item))
        let prediction = model.predict(for: user, item: item)
        #expect(abs(terms.sum - prediction) < 1e-5 * max(1, abs(prediction)))
        #expect(factors > 0 || abs(terms.taste) < 1e-6)
      }
    }
  }

  /// Predictions are clipped to the range of the training ratings, and the clipping is reported as a term.
  @Test(arguments: [nil, OutputRange(lower: 0, upper: 6)])
  func whatIsClippedIsATerm(_ range: OutputRange?) throws {
    var contents = RandomModel(userCount: 9, itemCount: 40, factorCount: 6, outputRange: range)
      .contents()
    let free = try contents.opened()
    contents.ratingBounds = 2...3.5
    let model = try contents.opened()
    #expect(model.ratingBounds == 2...3.5 && free.ratingBounds == range.map { $0.lower...$0.upper })
    var clipped = 0
    for user in (0..<9).map({ model.user(at: UserIndex($0)) }) {
      for item in (0..<40).map({ ItemIndex($0) }) {
        let (prediction, raw) = (
          model.predict(for: user, item: item), free.predict(for: user, item: item)
        )
        #expect(prediction == min(max(raw, 2), 3.5))
        #expect(model.unboundedPrediction(for: user, item: item) == raw)
        let terms = try #require(model.terms(for: user, item: item))
        #expect(abs(terms.clipping - (prediction - raw)) < 1e-6)
        #expect(abs(terms.sum - prediction) < 1e-5)
        clipped += terms.clipping != 0 ? 1 : 0
      }
    }
    #expect(clipped > 50 && clipped < 360)
    // Lists are ordered by the unclipped scores.
    let list = Recommender(model: model).recommend(for: 1, count: 40)
    #expect(list.rows == Recommender(model: free).recommend(for: 1, count: 40).rows)
    #expect(list.allSatisfy { (2...3.5).contains($0.score) })
  }

  /// An interval surrounds the prediction before clipping.
  @Test func aPredictionLiesInItsInterval() throws {
    var contents = RandomModel(userCount: 9, itemCount: 40, factorCount: 6).contents()
    contents.tables.spread = RatingSpread(
      users: [Float](repeating: 0.1, count: 18), items: [Float](repeating: 0.1, count: 80),
      bounds: 2...3.5)
    let model = try contents.opened()
    #expect(model.ratingBounds == 2...3.5)
    for user in 0..<9 {
      for item in (0..<40).map({ ItemIndex($0) }) {
        let vector = model.user(at: UserIndex(user))
        let interval = try #require(model.ratingInterval(for: UserIndex(user), item: item))
        #expect(interval.contains(model.rating(for: vector, item: item)))
        let raw = model.unboundedPrediction(for: vector, item: item)
        let half = Float((0.21 as Double).squareRoot() * 1.6448536)
        #expect(abs(interval.lowerBound - min(max(raw - half, 2), 3.5)) < 1e-5)
        #expect(abs(interval.upperBound - min(max(raw + half, 2), 3.5)) < 1e-5)
      }
    }
  }

  /// The prediction is in the unit of ratings, its terms in the transformed unit.
  @Test func aModelOfLogarithmsExplainsBothUnits() throws {
    var contents = RandomModel(userCount: 9, itemCount: 40, factorCount: 6).contents()
    (contents.transform, contents.ratingBounds) = (.log1p, 0...9)
    let queries = RecommenderQueries(Recommender(model: try contents.opened()))
    for (user, item) in [("3", "20"), ("4", "390"), ("8", "0")] {
      let found = try #require(try queries.explain(user: user, item: item, count: 2).prediction)
      #expect(found.rating == (try queries.predict(user: user, item: item).rating))
      #expect(found.transform == .log1p && abs(found.terms.sum - found.transformed) < 1e-5)
      #expect(abs(ValueTransform.log1p.inverse(found.transformed) - found.rating) < 1e-3)
    }
  }

  @Test func aListByPopularityIsExplainedByTheNumberOfRatings() throws {
    let model = try RandomModel(itemCount: 40, ranking: .popularity).open()
    let queries = RecommenderQueries(Recommender(model: model))
    let found = try queries.explain(user: "3", item: "20", count: 2)
    #expect(found.ratingCount == model.ratingCount(of: ItemIndex(2)) && found.prediction != nil)
    let other = RecommenderQueries(Recommender(model: try RandomModel(itemCount: 40).open()))
    #expect(try other.explain(user: "3", item: "20", count: 2).ratingCount == nil)
  }

  @Test func aModelThatOnlyRanksHasNoTermsOfARating() throws {
    let model = try RandomModel(ranking: .preference).open()
    #expect(model.terms(for: model.user(at: UserIndex(1)), item: ItemIndex(1)) == nil)
  }

  /// If a user without ratings has no taste, the ratings account for all of it.
  @Test(arguments: [
    FoldIn.implicit(alpha: 3, regularization: 0.02, confidence: .value),
    .implicit(alpha: 3, regularization: 0.02, confidence: .equal),
    .ridge(fixed: 1, perRating: 0.1, factorScale: 2),
  ])
  func sharesOfRatingsAddUpToTheTaste(_ foldIn: FoldIn) throws {
    var contents = RandomModel(userCount: 9, itemCount: 50, factorCount: 6).contents()
    contents.tables.foldIn = foldIn
    if case .implicit = foldIn { contents.tables.ranking = .preference }
    let model = try contents.opened()
    let ratings = [3, 17, 22, 41].map {
      ItemRating(item: ItemIndex($0), value: Float($0 % 5) + 0.5)
    }
    let user = try model.user(of: ratings)
    let nobody = UserVector(elements: [Float](repeating: 0, count: 6), bias: user.bias)
    for item in (0..<50).map({ ItemIndex($0) }) {
      let shares = try #require(try model.shares(for: user, of: ratings, in: item))
      let taste = model.score(for: user, item: item) - model.score(for: nobody, item: item)
      #expect(abs(shares.reduce(0) { $0 + $1.amount } - taste) < 1e-3)
      #expect(shares.map(\.item) == ratings.map(\.item.rawValue))
    }
  }

  @Test func sharesThatNeedValuesAreNotGuessed() throws {
    var contents = RandomModel(factorCount: 4).contents()
    contents.tables.foldIn = .ridge(fixed: 1, perRating: 0, factorScale: 1)
    let model = try contents.opened()
    #expect(try model.shares(for: model.user(at: UserIndex(2)), of: nil, in: ItemIndex(1)) == nil)
    contents.tables.foldIn = .implicit(alpha: 3, regularization: 0.1, confidence: .equal)
    let ranking = try contents.opened()
    let user = ranking.user(at: UserIndex(2))
    let shares = try ranking.shares(for: user, of: nil, in: ItemIndex(1))
    #expect(shares?.map(\.item) == user.ratedItems)
  }

  @Test func questionsAreAnsweredByIds() throws {
    var contents = RandomModel(userCount: 5, itemCount: 30, factorCount: 4).contents()
    contents.tables.foldIn = .ridge(fixed: 1, perRating: 0, factorScale: 1)
    contents.catalogue.titles[2] = "Two"
    let queries = RecommenderQueries(Recommender(model: try contents.opened()))
    let given = [0, 10, 70].map { GivenRating(item: ItemID($0), value: 4) }
    let found = try queries.explain(user: "3", item: "20", count: 2, ratings: given)
    #expect(found.item == ItemID(20) && found.title == "Two" && found.ranking == nil)
    let prediction = try #require(found.prediction)
    #expect(abs(prediction.terms.sum - prediction.rating) < 1e-5 * max(1, abs(prediction.rating)))
    let shares = try #require(prediction.shares)
    let largest = shares.largest
    #expect(largest.count == 2 && abs(largest[0].amount) >= abs(largest[1].amount))
    let all = try #require(
      try queries.explain(user: "3", item: "20", count: 9, ratings: given).prediction?.shares)
    #expect(all.largest.count == 3 && all.total == shares.total)
    #expect(abs(all.largest.reduce(0) { $0 + $1.amount } - all.total) < 1e-5)
    #expect(try queries.explain(user: "3", item: "20", count: 2).prediction?.shares == nil)
    let unknown = #expect(throws: RecommendingError.self) {
      try queries.explain(user: "77", item: "20", count: 2)
    }
    #expect(unknown?.code == .unknownUser)
    let network = RecommenderQueries(Recommender(model: try RandomMLP().make().opened()))
    let refused = #expect(throws: RecommendingError.self) {
      let model = try RandomMLP().make().opened()
      _ = try network.explain(
        user: "\(model.users.identifier(at: UserIndex(0)))",
        item: "\(model.items.identifier(at: ItemIndex(0)))", count: 2)
    }
    #expect(refused?.code == .modelWithoutTerms)
  }
}
