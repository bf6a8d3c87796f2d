import Ratings
import Recommenders
import TestEnvironment
import Testing

@Suite struct PopularTests {
  @Test(arguments: [0, 1, 12, 300, 400])
  func popularItemsAreTheMostRated(count: Int) throws {
    let contents = RandomModel().contents()
    let recommender = Recommender(model: try contents.opened())
    let excluded = Set(stride(from: 0, to: 300, by: 7))
    let expected = best(count, of: (0..<300).filter { !excluded.contains($0) }) {
      Double(contents.catalogue.itemRatingCounts[$0])
    }
    let list = recommender.popular(
      count: count, filter: .all.excluding(excluded.map { ItemIndex($0) }))
    #expect(list.rows == expected)
    // The mean of the model's scores over its users.
    for item in list {
      let row = item.item.position
      let sum = contents.tables.userBiases.indices.reduce(0.0) { $0 + contents.score($1, row) }
      let mean = sum / Double(contents.tables.userCount)
      #expect(abs(Double(item.score) - mean) < 1e-4)
    }
  }

  @Test func countsThatASingleFloatCannotTellApartAreTold() throws {
    var contents = RandomModel(itemCount: 3).contents()
    contents.catalogue.itemRatingCounts = [4_000_000_000, 4_000_000_001, 4_000_000_002]
    let recommender = Recommender(model: try contents.opened())
    #expect(recommender.popular(count: 3).rows == [2, 1, 0])
  }

  @Test func aModelThatRanksByPopularityRecommendsWhatIsPopular() throws {
    let contents = RandomModel(factorCount: 0, ranking: .popularity).contents()
    let recommender = Recommender(model: try contents.opened())
    for user in 0..<4 {
      let expected = best(9, of: (0..<300).filter { !contents.rated(user).contains($0) }) {
        Double(contents.catalogue.itemRatingCounts[$0])
      }
      let list = recommender.recommend(for: user, count: 9)
      #expect(list.rows == expected)
      #expect(
        recommender.recommend(for: [user], count: 9, threadCount: 1)[0] == list)
      for item in list {
        #expect(abs(Double(item.score) - contents.score(user, item.item.position)) < 1e-4)
      }
    }
  }
}
