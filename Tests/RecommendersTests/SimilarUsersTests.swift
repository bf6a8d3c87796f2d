import Errors
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Similar users, compared to plain scans.
struct SimilarUsersTests {
  private static func sorted(
    _ scores: [(user: Int, score: Double)], count: Int
  ) -> [(user: Int, score: Double)] {
    Array(scores.sorted { ($0.score, $1.user) > ($1.score, $0.user) }.prefix(count))
  }

  @Test(arguments: [1, 4, 100]) func usersOfFactorsThatRankAreComparedByThem(_ count: Int) throws {
    let model = try RandomModel(
      userCount: 60, itemCount: 30, factorCount: 5, ranking: .preference, seed: 4
    ).open()
    let recommender = Recommender(model: model)
    #expect(recommender.userSimilarity == .cosine)
    let vectors = (0..<60).map { model.user(at: UserIndex($0)).elements.map { Double($0) } }
    func product(_ left: [Double], _ right: [Double]) -> Double {
      zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for user in [0, 17, 59] {
      let all = (0..<60).filter { $0 != user }.map { other in
        (
          user: other,
          score: product(vectors[user], vectors[other])
            / (product(vectors[user], vectors[user]) * product(vectors[other], vectors[other]))
            .squareRoot()
        )
      }.filter { $0.score > 0 }
      let expected = Self.sorted(all, count: count)
      let found = recommender.similarUsers(to: UserIndex(user), count: count)
      #expect(found.map(\.user.position) == expected.map(\.user))
      #expect(zip(found, expected).allSatisfy { abs(Double($0.score) - $1.score) < 1e-6 })
    }
  }

  @Test func othersAreComparedByWhatBothHaveRated() throws {
    let model = try RandomModel(userCount: 40, itemCount: 50, factorCount: 5, seed: 9).open()
    let recommender = Recommender(model: model)
    #expect(recommender.userSimilarity == .sharedItems)
    let rated = (0..<40).map { Set(model.user(at: UserIndex($0)).ratedItems) }
    for user in [0, 5, 39] {
      let all = (0..<40).filter { $0 != user }.map { other in
        let lengths = Double(rated[user].count * rated[other].count).squareRoot()
        return (
          user: other,
          score: lengths == 0 ? 0 : Double(rated[user].intersection(rated[other]).count) / lengths
        )
      }.filter { $0.score > 0 }
      let expected = Self.sorted(all, count: 12)
      let found = recommender.similarUsers(to: UserIndex(user), count: 12)
      #expect(found.map(\.user.position) == expected.map(\.user))
      #expect(zip(found, expected).allSatisfy { abs(Double($0.score) - $1.score) < 1e-6 })
    }
    // A user without ratings is similar to no one.
    #expect(recommender.similarUsers(to: UserIndex(1), count: 5).isEmpty)
  }

  /// A user unknown to the model is compared by what is folded in from their ratings.
  @Test func somebodyWhoJustRatedIsLikeOthers() throws {
    let queries = RecommenderQueries(
      Recommender(model: try RandomModel(userCount: 40, itemCount: 50, seed: 9).open()))
    let given = [0, 30, 70, 110, 480].map { GivenRating(item: ItemID($0), value: 4) }
    let own: Set<UInt32> = [0, 3, 7, 11, 48]
    let all = (0..<40).map { user in
      let rated = Set(queries.model.user(at: UserIndex(user)).ratedItems)
      let lengths = Double(own.count * rated.count).squareRoot()
      return (
        user: user, score: lengths == 0 ? 0 : Double(own.intersection(rated).count) / lengths
      )
    }.filter { $0.score > 0 }
    let expected = Self.sorted(all, count: 7)
    let found = try queries.similarUsers(of: given, for: "999", count: 7)
    #expect(found.users.map(\.id) == expected.map { UserID(Int64($0.user)) })
    #expect(zip(found.users, expected).allSatisfy { abs(Double($0.score) - $1.score) < 1e-6 })
    // A known user is not listed as similar to themselves.
    let known = try queries.similarUsers(of: given, for: "\(expected[0].user)", count: 7)
    #expect(
      known.users.map(\.id) == Self.sorted(all, count: 8).dropFirst().map { UserID(Int64($0.user)) }
    )
    let stranger = #expect(throws: RecommendingError.self) {
      try queries.similarUsers(
        of: [GivenRating(item: ItemID(12345), value: 4)], for: "999", count: 3)
    }
    #expect(stranger?.code == .unknownUser)
  }

  @Test func questionsAreAnsweredByIds() throws {
    let queries = RecommenderQueries(
      Recommender(model: try RandomModel(userCount: 12, itemCount: 30, seed: 3).open()))
    let found = try queries.similarUsers(to: "4", count: 3)
    #expect(found.user == UserID(4) && found.users.count == 3)
    #expect(found.users.allSatisfy { $0.sharedCount > 0 && $0.sharedCount <= $0.ratingCount })
    let unknown = #expect(throws: RecommendingError.self) {
      try queries.similarUsers(to: "99", count: 3)
    }
    #expect(unknown?.code == .unknownUser)
  }
}
