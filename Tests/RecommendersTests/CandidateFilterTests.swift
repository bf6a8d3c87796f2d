import BitCollections
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// The items a filter admits, compared to a naive selection, for every algorithm that finds the best.
@Suite struct CandidateFilterTests {
  /// Filters, and the rows of 0 ..< 900 that they admit.
  static let filters: [(filter: CandidateFilter, admits: @Sendable (Int) -> Bool)] = [
    (.all, { _ in true }),
    (CandidateFilter.all.excluding((0..<900).reversed().map { ItemIndex($0) }), { _ in false }),
    (
      CandidateFilter.all.excluding([5, 3, 700].map { ItemIndex($0) }).excluding([ItemIndex(4)]),
      { ![3, 4, 5, 700].contains($0) }
    ),
    (CandidateFilter.all.only([]), { _ in false }),
    (CandidateFilter.all.only([2, 899, 4000]), { [2, 899].contains($0) }),
    (
      CandidateFilter.all.only(BitSet(stride(from: 0, to: 900, by: 3)))
        .only(BitSet(stride(from: 0, to: 900, by: 5))).excluding([ItemIndex(30)]),
      { $0 % 15 == 0 && $0 != 30 }
    ),
  ]

  @Test(arguments: filters.indices, [1, 25, 900])
  func listsAreTheBestOfWhatItLetsThrough(_ number: Int, count: Int) throws {
    let (filter, admits) = Self.filters[number]
    let contents = RandomModel(itemCount: 900, factorCount: 8).contents()
    let recommenders = [
      Recommender(model: try contents.opened()), Recommender(model: try contents.opened()),
    ]
    recommenders[1].prepare()
    for row in [1, 4] {
      for recommender in recommenders {
        let user = recommender.model.user(row)
        let expected = best(count, of: (0..<900).filter(admits)) {
          Double(recommender.model.score(for: user, item: ItemIndex($0)))
        }
        #expect(recommender.recommend(for: user, count: count, filter: filter).rows == expected)
        let batch = recommender.recommend(queryCount: 3, count: count, threadCount: 2) { _ in
          (user, filter)
        }
        #expect(batch.map(\.rows) == [expected, expected, expected])
      }
    }
    let popular = best(count, of: (0..<900).filter(admits)) {
      Double(contents.catalogue.itemRatingCounts[$0])
    }
    #expect(recommenders[0].popular(count: count, filter: filter).rows == popular)
    let similar = try recommenders[0].similar(to: ItemIndex(8), count: 900, minimumRatings: 0)
    #expect(
      try recommenders[0].similar(to: ItemIndex(8), count: count, minimumRatings: 0, filter: filter)
        .rows == Array(similar.rows.filter(admits).prefix(count)))
  }

  @Test func whatAUserHasRatedIsLeftOut() throws {
    let recommender = Recommender(model: try RandomModel().open())
    var user = recommender.model.user(3)
    let list = recommender.recommend(for: user, count: 300, filter: .unrated(by: user)).rows
    #expect(list.sorted() == (0..<300).filter { !user.ratedItems.contains(UInt32($0)) })
    user.ratedItems = [UInt32(list[0])]
    #expect(
      Set(recommender.recommend(for: user, count: 300, filter: .unrated(by: user)).rows)
        == Set(0..<300).subtracting([list[0]]))
  }

  @Test func itemsAreFilteredByTheirAttributes() throws {
    var contents = RandomModel().contents()
    contents.catalogue.attributes = (0..<300).map { row in
      (row % 3 == 0 ? [ItemAttribute(name: "genre", value: "Comedy")] : [])
        + (row % 5 == 0 ? [ItemAttribute(name: "genre", value: "Sci-Fi")] : [])
    }
    let recommender = Recommender(model: try contents.opened())
    func items(_ value: String) -> BitSet {
      recommender.model.catalogue.items(with: ItemAttribute(name: "genre", value: value))
    }
    let user = recommender.model.user(1)
    let both = recommender.recommend(
      for: user, count: 300, filter: .all.only(items("Comedy").intersection(items("Sci-Fi"))))
    #expect(both.rows.sorted() == Array(stride(from: 0, to: 300, by: 15)))
    #expect(recommender.popular(count: 1, filter: .all.only(items("Western"))).isEmpty)
  }
}

/// Users that are not a row of a model.
@Suite struct UserVectorTests {
  /// A user halfway between two others is scored by the formula, and gets the same list from every algorithm.
  @Test(arguments: [3, 50]) func aMeanOfUsersIsAUser(_ factorCount: Int) throws {
    let model = try RandomModel(itemCount: 900, factorCount: factorCount).open()
    let (one, other) = (model.user(2), model.user(5))
    let mean = UserVector(
      elements: zip(one.elements, other.elements).map { ($0 + $1) / 2 },
      bias: ((one.bias ?? 0) + (other.bias ?? 0)) / 2, ratedItems: one.ratedItems)
    for item in (0..<900).map({ ItemIndex($0) }) {
      let expected = (model.score(for: one, item: item) + model.score(for: other, item: item)) / 2
      #expect(abs(model.score(for: mean, item: item) - expected) < 1e-4)
    }
    let (plain, prepared) = (Recommender(model: model), Recommender(model: model))
    prepared.prepare()
    let list = plain.recommend(for: mean, count: 20, filter: .unrated(by: mean))
    #expect(
      list.rows
        == best(20, of: (0..<900).filter { !mean.ratedItems.contains(UInt32($0)) }) {
          Double(model.score(for: mean, item: ItemIndex($0)))
        })
    #expect(prepared.recommend(for: mean, count: 20, filter: .unrated(by: mean)) == list)
  }

  @Test func aUserWithoutBiasScoresAsOneWhoseBiasIsZero() throws {
    let model = try RandomModel(itemCount: 900).open()
    let (with, without) = (
      UserVector(elements: model.user(2).elements, bias: 0),
      UserVector(elements: model.user(2).elements)
    )
    let recommender = Recommender(model: model)
    let list = recommender.recommend(for: with, count: 9, filter: .all)
    #expect(recommender.recommend(for: without, count: 9, filter: .all) == list)
    recommender.prepare()
    #expect(recommender.recommend(for: without, count: 9, filter: .all) == list)
  }

  @Test func anEmbeddingFromElsewhereIsScored() throws {
    let contents = RandomMLP().make()
    let model = try contents.opened()
    var user = model.user(7)
    #expect(user.bias == nil)
    user.ratedItems = []
    let list = Recommender(model: model).recommend(for: user, count: 53, filter: .unrated(by: user))
    #expect(list.count == 53)
    #expect(model.score(for: user, item: nil) == model.score(for: model.user(7), item: nil))
  }
}
