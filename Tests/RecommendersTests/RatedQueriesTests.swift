import Errors
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Queries that include ratings, and items named by their titles.
struct RatedQueriesTests {
  private static let titles = [
    "Toy Story (1995)", "Heat (1995)", "Heat (1986)", "Matrix, The (1999)", "300 (2006)", nil,
    "Crime and Punishment, or Not (2000)", "matrix, the (2020)", "Solaris (1972)", "Solaris (1972)",
  ]

  private static func contents(_ ranking: Ranking = .score) -> FactorModelContents {
    var contents = RandomModel(
      userCount: 30, itemCount: 10, factorCount: 3, ranking: ranking, seed: 2
    )
    .contents()
    contents.tables.foldIn = .ridge(fixed: 1, perRating: 0, factorScale: 1)
    contents.catalogue.titles = titles
    return contents
  }

  private static func queries() throws -> RecommenderQueries {
    RecommenderQueries(Recommender(model: try contents().opened()))
  }

  @Test(arguments: [
    ("20", 20), ("0", 0), ("Toy Story (1995)", 0), ("Toy Story", 0), ("toy story", 0),
    ("TOY STORY (1995)", 0), ("Heat (1986)", 20), ("300", 40), ("Matrix, The", 30),
    ("Crime and Punishment, or Not", 60),
  ]) func itemsAreMeantByIdOrTitle(_ text: String, _ id: Int64) throws {
    #expect(try Self.queries().items(named: [text]).map(\.id) == [ItemID(id)])
  }

  @Test func anArticleMayStandInFront() throws {
    var contents = Self.contents()
    contents.catalogue.titles[7] = nil
    let queries = RecommenderQueries(Recommender(model: try contents.opened()))
    let names = ["The Matrix", "the matrix (1999)", "Matrix", "matrix (1999)", "a Toy Story"]
    let ids = try queries.items(named: names).map(\.id)
    #expect(ids == [30, 30, 30, 30, 0].map { ItemID($0) })
  }

  /// An id takes precedence; another item with that title is reported as its namesake.
  @Test func anIDThatIsAnothersTitleIsToldOf() throws {
    var contents = Self.contents()
    contents.catalogue.titles[5] = "20 (2007)"
    let queries = RecommenderQueries(Recommender(model: try contents.opened()))
    let found = try queries.items(named: ["20", "10", "20 (2007)"])
    #expect(found.map(\.id) == [20, 10, 50].map { ItemID($0) })
    #expect(found[0].title == "Heat (1986)" && found[0].namesake?.id == ItemID(50))
    #expect(found[0].namesake?.title == "20 (2007)")
    #expect(found[1].namesake == nil && found[2].namesake == nil)
  }

  @Test(arguments: ["Heat", "heat", "the matrix", "Solaris (1972)"])
  func titlesOfSeveralItemsAreRefusedWithThem(_ text: String) throws {
    let error = #expect(throws: RecommendingError.self) {
      try Self.queries().items(named: [text])
    }
    #expect(error?.code == .ambiguousItem)
    let candidates = ["Heat": "10", "heat": "20", "the matrix": "70", "Solaris (1972)": "90"]
    let candidate = try #require(candidates[text])
    #expect(error?.remedy.contains(candidate) == true)
  }

  @Test func whatIsSpelledAlikeIsSuggested() throws {
    let error = #expect(throws: RecommendingError.self) {
      try Self.queries().items(named: ["Toy Stroy"])
    }
    #expect(error?.code == .unknownItem)
    #expect(error?.remedy.contains("Toy Story") == true)
  }

  @Test func somebodysListIsThatOfTheUserTheyAreMade() throws {
    let contents = Self.contents()
    let model = try contents.opened()
    let queries = RecommenderQueries(Recommender(model: model))
    let given = [GivenRating(item: ItemID(30), value: 5), GivenRating(item: ItemID(10), value: 1)]
    let found = try queries.recommend(of: given, ListOptions(count: 20))
    #expect(found.user == nil && !found.isFallback)
    let user = try model.user(of: [
      ItemRating(item: ItemIndex(3), value: 5), ItemRating(item: ItemIndex(1), value: 1),
    ])
    let expected = (0..<10).filter { ![1, 3].contains($0) }.map {
      (id: ItemID(Int64($0) * 10), score: model.score(for: user, item: ItemIndex($0)))
    }.sorted { $0.score > $1.score }
    #expect(found.items.map(\.id) == expected.map(\.id))
    var options = ListOptions(count: 20)
    options.includesRated = true
    options.filters.excluded = ["20"]
    let others = try queries.recommend(of: given, options)
    #expect(others.items.count == 9 && !others.items.contains { $0.id == ItemID(20) })
    let prediction = try queries.predict(of: given, for: "999", item: "40")
    #expect(abs(prediction.rating - model.predict(for: user, item: ItemIndex(4))) < 1e-5)
  }

  @Test func whatTheModelDoesNotKnowIsPassedOver() throws {
    let queries = try Self.queries()
    let given = [GivenRating(item: ItemID(30), value: 5)]
    let stranger = GivenRating(item: ItemID(12345), value: 5)
    let (with, without) = (
      try queries.recommend(of: given + [stranger], ListOptions()),
      try queries.recommend(of: given, ListOptions())
    )
    #expect(with.items.map(\.id) == without.items.map(\.id))
    let popular = try queries.recommend(of: [stranger], ListOptions(count: 3))
    #expect(popular.isFallback && popular.items.count == 3)
    let error = #expect(throws: RecommendingError.self) {
      try queries.predict(of: [stranger], for: "999", item: "40")
    }
    #expect(error?.code == .unknownUser)
  }

  @Test func ratingsThatAreNoneAreRefused() throws {
    let queries = try Self.queries()
    let twice = [GivenRating(item: ItemID(30), value: 5), GivenRating(item: ItemID(30), value: 4)]
    for ratings in [twice, [GivenRating(item: ItemID(30), value: .infinity)]] {
      let error = #expect(throws: RecommendingError.self) {
        try queries.recommend(of: ratings, ListOptions())
      }
      #expect(error?.code == .badRating)
    }
    for (item, value) in [("30", "five"), ("30", "nan"), ("30", "0x1"), ("30", ""), ("x", "5")] {
      #expect(throws: RecommendingError.self) { try queries.rating(item: item, value: value) }
    }
    var contents = Self.contents()
    contents.tables.outputRange = OutputRange(lower: 0, upper: 5.5)
    let bounded = RecommenderQueries(Recommender(model: try contents.opened()))
    #expect(throws: RecommendingError.self) {
      try bounded.check([GivenRating(item: ItemID(30), value: 9)])
    }
  }

  /// As in training, a confidence must not be negative. If values are ignored, a negative value given by a user is
  /// refused.
  @Test(arguments: Confidence.allCases)
  func valuesBelowZeroAreNoLiking(_ confidence: Confidence) throws {
    var contents = Self.contents(.preference)
    contents.tables.foldIn = .implicit(alpha: 3, regularization: 0.1, confidence: confidence)
    let model = try contents.opened()
    let isIgnored = confidence == .equal
    #expect(model.ratedValues == (isIgnored ? .ignored : .confidences))
    let queries = RecommenderQueries(Recommender(model: model))
    func given(_ value: Float) -> [GivenRating] { [GivenRating(item: ItemID(30), value: value)] }
    for value: Float in [0, 0.5, 4000] {
      try queries.check(given(value))
      #expect(try !queries.recommend(of: given(value), ListOptions()).isFallback)
    }
    let error = #expect(throws: RecommendingError.self) {
      if isIgnored { try queries.check(given(-5)) }
      _ = try queries.recommend(of: given(-5), ListOptions())
    }
    #expect(error?.code == .badRating && error?.problem.contains("-5.0") == true)
  }

  /// A user prepared once for many pairs gets the same predictions as pair by pair.
  @Test func whoIsAskedForOnceIsPredictedAlike() throws {
    let queries = try Self.queries()
    let given = [GivenRating(item: ItemID(30), value: 5), GivenRating(item: ItemID(10), value: 1)]
    let (known, made) = (
      try queries.predictedUser("2"), try queries.predictedUser("999", of: given)
    )
    for item in stride(from: 0, to: 100, by: 10) {
      let pair = (
        try queries.predict(for: known, item: "\(item)"),
        try queries.predict(user: "2", item: "\(item)")
      )
      #expect(pair.0.rating == pair.1.rating && pair.0.user == UserID(2))
      #expect(
        try queries.predict(for: made, item: "\(item)").rating
          == queries.predict(of: given, for: "999", item: "\(item)").rating)
    }
    let error = #expect(throws: RecommendingError.self) { try queries.predictedUser("999") }
    #expect(error?.code == .unknownUser)
    let unknown = #expect(throws: RecommendingError.self) {
      try queries.predict(for: known, item: "12345")
    }
    #expect(unknown?.code == .unknownItem)
  }

  /// Bounds are stored in the transformed unit, while ratings are given in the original one.
  @Test func ratingsOfAModelOfLogarithmsAreHeldAgainstWhatTheyWere() throws {
    var contents = Self.contents()
    let log1p = ValueTransform.log1p
    let (low, high) = (try #require(log1p(1)), try #require(log1p(6740)))
    (contents.transform, contents.ratingBounds) = (log1p, low...high)
    let queries = RecommenderQueries(Recommender(model: try contents.opened()))
    for value: Float in [1, 400, 6740] {
      try queries.check([GivenRating(item: ItemID(30), value: value)])
    }
    for value: Float in [0, 0.5, 7000, -2] {
      let error = #expect(throws: RecommendingError.self) {
        try queries.check([GivenRating(item: ItemID(30), value: value)])
      }
      #expect(error?.problem.contains("from 1 to 6740") == true)
    }
  }

  @Test func aUserIsOutdatedWhereTheModelHasLearnedOtherRatings() throws {
    let model = try Self.contents().opened()
    let queries = RecommenderQueries(Recommender(model: model))
    let all = (0..<model.items.count).map {
      GivenRating(item: model.items.identifier(at: ItemIndex($0)), value: 3)
    }
    let strange = GivenRating(item: ItemID(7), value: 3)
    func isOutdated(_ user: String, _ ratings: [GivenRating], at newest: String? = nil) -> Bool {
      let times = ["earlier": 1_700_000_000, "later": 1_800_000_000].mapValues {
        Timestamp(microseconds: $0 * 1_000_000)
      }
      return queries.isOutdated(
        by: ratings, of: user, newest: newest.flatMap { times[$0] }, since: "2026-01-01T00:00:00Z")
    }
    // The first user has rated everything, the second nothing; the model does not know item 7.
    #expect(!isOutdated("0", all) && !isOutdated("0", all + [strange], at: "earlier"))
    #expect(isOutdated("0", all, at: "later") && isOutdated("0", Array(all.dropLast())))
    // The newest ratings do not reveal which others there are.
    let limit = RecommenderQueries.ratingLimit
    let newest = all.dropLast() + repeatElement(strange, count: limit - all.count + 1)
    #expect(newest.count == limit && !isOutdated("0", Array(newest)))
    #expect(isOutdated("1", [all[0]]) && !isOutdated("1", [strange]))
    #expect(isOutdated("999", [strange, all[1]]) && !isOutdated("999", [strange]))
  }
}
