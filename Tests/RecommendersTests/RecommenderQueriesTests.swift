import Errors
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Queries by ids.
struct RecommenderQueriesTests {
  /// Users ann and bob, items 10 ... 40; ann has rated 10, and only 20 has a title.
  private static func contents() -> FactorModelContents {
    var users = IdentifierColumn(type: .text)
    for user in ["ann", "bob"] { users.append(UserID(user)) }
    return FactorModelContents(
      kind: "dot-bias", users: users, items: .integers([10, 20, 30, 40]),
      tables: FactorTables(
        factorCount: 1, userFactors: [1, -1], itemFactors: [1, 2, 3, 0], userBiases: [0, 0.5],
        itemBiases: [0, 0, 0, -1], globalMean: 3),
      itemRatingCounts: [1, 5, 2, 4], ratedOffsets: [0, 1, 1], ratedItems: [0],
      titles: [nil, "Twenty", nil, nil])
  }

  private static func queries(
    _ contents: FactorModelContents = contents(), suggestsIdentifiers: Bool = false
  ) throws -> RecommenderQueries {
    RecommenderQueries(
      Recommender(model: try contents.opened()), suggestsIdentifiers: suggestsIdentifiers)
  }

  @Test func recommendedItemsAreGivenByTheirIds() throws {
    let found = try Self.queries().recommend(for: "ann", ListOptions(count: 2))
    #expect(found.user == UserID("ann") && !found.isFallback && !found.isByPopularity)
    #expect(found.items.map(\.id) == [ItemID(30), ItemID(20)])
    #expect(found.items.map(\.title) == [nil, "Twenty"])
    #expect(found.items.map(\.ratingCount) == [2, 5])
    #expect(found.items.map(\.score) == [6, 5])
    var options = ListOptions(count: 9)
    options.includesRated = true
    let all = try Self.queries().recommend(for: "ann", options)
    #expect(all.items.map(\.id) == [30, 20, 10, 40].map { ItemID($0) })
  }

  /// For a known user with and without rated items, and for an unknown one.
  @Test(arguments: ["ann", "bob", "eve"], [[], ["30"], ["0040", "10", "30", "77"]])
  func listsHoldWhatTheIdsAdmit(_ user: String, _ ids: [String]) throws {
    let queries = try Self.queries()
    func list(_ change: (inout ListOptions) -> Void) throws -> [ItemID] {
      var options = ListOptions(count: 9)
      change(&options)
      return try queries.recommend(for: user, options).items.map(\.id)
    }
    let all = try list { _ in }
    let named = Set(ids.compactMap { Int64($0) }.map { ItemID($0) })
    #expect(try list { $0.filters.excluded = ids } == all.filter { !named.contains($0) })
    #expect(try list { $0.filters.only = ids } == all.filter { named.contains($0) })
    let both = try list { ($0.filters.only, $0.filters.excluded) = (["10", "20", "30"], ids) }
    #expect(both == all.filter { $0 != ItemID(40) && !named.contains($0) })
    let error = #expect(throws: RecommendingError.self) { try list { $0.filters.excluded = ["x"] } }
    #expect(error?.code == .invalidIdentifier)
  }

  @Test func anUnknownUserGetsThePopularItemsUnlessTheErrorIsWanted() throws {
    let found = try Self.queries().recommend(for: "eve", ListOptions(count: 2))
    #expect(found.isFallback && found.isByPopularity)
    #expect(found.items.map(\.id) == [ItemID(20), ItemID(40)])
    let error = #expect(throws: RecommendingError.self) {
      try Self.queries().recommend(for: "eve", ListOptions(count: 2), fallsBack: false)
    }
    #expect(error?.code == .unknownUser)
  }

  @Test func similarItemsAndPredictionsNameTheirItem() throws {
    var contents = Self.contents()
    (contents.catalogue.ratedOffsets, contents.catalogue.ratedItems) = ([0, 2, 2], [0, 1])
    let similar = try Self.queries(contents).similar(to: "0020", count: 1, minimumRatings: 0)
    #expect(similar.item == ItemID(20) && similar.title == "Twenty")
    #expect(similar.items.map(\.id) == [ItemID(10)])
    let prediction = try Self.queries().predict(user: "bob", item: "20")
    #expect(prediction.user == UserID("bob") && prediction.item == ItemID(20))
    #expect(prediction.title == "Twenty" && prediction.rating == 1.5)
  }

  /// A ranking model, and a predicting model with different rows.
  @Test func ratingsComeFromTheModelThatPredictsWhereThereIsOne() throws {
    var users = IdentifierColumn(type: .text)
    users.append(UserID("ann"))
    let predictor = FactorModelContents(
      kind: "als", users: users, items: .integers([5, 20]),
      tables: FactorTables(
        factorCount: 1, userFactors: [1], itemFactors: [0, 0.5], userBiases: [0.25],
        itemBiases: [0, 0], globalMean: 2),
      itemRatingCounts: [1, 1], ratedOffsets: [0, 0], ratedItems: [], titles: [nil, nil])
    var ranking = Self.contents()
    ranking.tables.ranking = .preference
    let queries = RecommenderQueries(
      Recommender(model: try ranking.opened()), predictor: try predictor.opened())
    let found = try queries.recommend(for: "ann", ListOptions(count: 2))
    #expect(found.items.map(\.id) == [ItemID(30), ItemID(20)])
    #expect(found.items.map(\.score) == [6, 5])
    // The predictor does not know item 30: its prediction is what it expects of ann in general.
    #expect(found.items.map(\.prediction) == [2.25, 2.75])
    #expect(try queries.predict(user: "ann", item: "20").rating == 2.75)
    #expect(try queries.predict(user: "ann", item: "20").title == "Twenty")
    // A user known only to the ranking model has no prediction.
    let error = #expect(throws: RecommendingError.self) {
      try queries.predict(user: "bob", item: "20")
    }
    #expect(error?.code == .unknownUser)
    let popular = try queries.recommend(for: "eve", ListOptions(count: 1))
    #expect(popular.isFallback && popular.items.first?.prediction == 2.75)
    #expect(
      try Self.queries().recommend(for: "ann", ListOptions(count: 1)).items[0].prediction == nil)
  }

  /// A ranking-only model never returns a score as a rating.
  @Test func aModelThatPredictsNothingRefusesToAndRanksByItsScores() throws {
    var contents = Self.contents()
    contents.tables.ranking = .preference
    let queries = try Self.queries(contents)
    let best = try queries.recommend(for: "ann", ListOptions(count: 2))
    #expect(!best.isByPopularity && best.items.map(\.score) == [6, 5])
    let popular = try queries.recommend(for: "eve", ListOptions(count: 2))
    #expect(popular.isFallback && popular.items.map(\.score) == [nil, nil])
    #expect(popular.items.map(\.ratingCount) == [5, 4])
    #expect(try queries.similar(to: "20", count: 1, minimumRatings: 0).items.count == 1)
    let error = #expect(throws: RecommendingError.self) {
      try queries.predict(user: "ann", item: "20")
    }
    #expect(error?.code == .modelWithoutPredictions)
  }

  @Test(arguments: [
    ("ann", "41", RecommendingErrorCode.unknownItem, "the model does not know item 41"),
    ("anne", "10", .unknownUser, "the model does not know user anne"),
    ("ann", "ten", .invalidIdentifier, "'ten' is not the id of an item"),
    ("", "10", .invalidIdentifier, "'' is not the id of a user"),
  ])
  func idsThatLeadNowhereAreNamed(
    _ user: String, _ item: String, _ code: RecommendingErrorCode, _ problem: String
  ) throws {
    let error = #expect(throws: RecommendingError.self) {
      try Self.queries().predict(user: user, item: item)
    }
    #expect(error?.code == code && error?.problem == problem)
  }

  @Test func errorsAreShortHoweverLongTheIdIs() throws {
    let error = #expect(throws: RecommendingError.self) {
      try Self.queries().predict(user: String(repeating: "x", count: 60_000), item: "10")
    }
    #expect((error?.problem.count ?? 1000) < 120)
  }

  @Test func theNearestIdIsSuggestedWhereThatIsWanted() throws {
    for isWanted in [false, true] {
      let error = #expect(throws: RecommendingError.self) {
        try Self.queries(suggestsIdentifiers: isWanted).predict(user: "anne", item: "10")
      }
      #expect((error?.remedy == "Did you mean ann?") == isWanted)
      #expect((error?.remedy.contains("Train again") == true) != isWanted)
    }
  }

  @Test func aScoreThatIsNoNumberIsAnErrorWhateverIsAsked() throws {
    var contents = Self.contents()
    contents.tables.itemBiases[1] = .nan
    let queries = try Self.queries(contents)
    let prediction = #expect(throws: RecommendingError.self) {
      try queries.predict(user: "ann", item: "20")
    }
    let list = #expect(throws: RecommendingError.self) {
      try queries.recommend(for: "eve", ListOptions(count: 1))
    }
    #expect(prediction?.code == .damagedModel && list?.code == .damagedModel)
  }
}
