import Errors
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Users alike, held against plain scans.
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
    // Who has rated nothing is like nobody.
    #expect(recommender.similarUsers(to: UserIndex(1), count: 5).isEmpty)
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
