import Errors
import Ratings
import Recommenders
import TestEnvironment
import Testing

@Suite struct SimilarTests {
  @Test(arguments: [NumberStyle.normal, .uneven, .large, .tiny], [1, 3, 50, 64])
  func similarItemsAreTheNearestByCosine(style: NumberStyle, factors: Int) throws {
    let contents = RandomModel(factorCount: factors, style: style).contents()
    let recommender = Recommender(model: try contents.opened())
    func row(_ item: Int) -> [Double] {
      contents.tables.itemFactors[item * factors..<(item + 1) * factors].map { Double($0) }
    }
    func product(_ a: Int, _ b: Int) -> Double {
      zip(row(a), row(b)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    func cosine(_ a: Int, _ b: Int) -> Double {
      product(a, b) / (product(a, a) * product(b, b)).squareRoot()
    }
    let item = 8  // not one of norm 0
    let others = (0..<300).filter { $0 != item && product($0, $0) > 0 }
    for count in [0, 1, 20, 1000] {
      let list = try recommender.similar(to: ItemIndex(item), count: count, minimumRatings: 0)
      #expect(list.count == min(count, others.count))
      #expect(!list.rows.contains(item))
      #expect(Set(list.rows).count == list.count)
      // Cosines that agree in many digits may come in either order.
      let expected = others.map { cosine(item, $0) }.sorted(by: >)
      for (found, best) in zip(list, expected) {
        #expect(abs(Double(found.score) - best) < 1e-6)
        #expect(abs(Double(found.score) - cosine(item, found.item.position)) < 1e-6)
      }
    }
  }

  @Test func rareItemsComeBehindAllOthers() throws {
    let contents = RandomModel(factorCount: 8).contents()
    let recommender = Recommender(model: try contents.opened())
    let all = try recommender.similar(to: ItemIndex(8), count: 300, minimumRatings: 0).rows
    for minimum in [1, 7, 20, 21] {
      func isKnown(_ row: Int) -> Bool { contents.catalogue.itemRatingCounts[row] >= minimum }
      let expected = all.filter(isKnown) + all.filter { !isKnown($0) }
      for count in [1, 40, 300] {
        let list = try recommender.similar(
          to: ItemIndex(8), count: count, minimumRatings: minimum)
        #expect(list.rows == Array(expected.prefix(count)))
      }
    }
    let usual = try recommender.similar(to: ItemIndex(8), count: 300)
    #expect(
      try usual
        == recommender.similar(
          to: ItemIndex(8), count: 300, minimumRatings: Recommender.defaultMinimumRatings))
  }

  @Test func equalItemsAreListedByTheirRows() throws {
    let recommender = Recommender(model: try RandomModel(style: .equal).open())
    #expect(
      try recommender.similar(to: ItemIndex(1), count: 3, minimumRatings: 0).rows == [0, 2, 3])
  }

  @Test func anItemOfWhichNothingWasLearnedSaysSo() throws {
    let recommender = Recommender(model: try RandomModel(style: .uneven).open())
    let error = #expect(throws: RecommendingError.self) {
      try recommender.similar(to: ItemIndex(5), count: 3)
    }
    #expect(error?.code == .itemWithoutFactors)
    #expect(error?.problem == "the model learned nothing about item 50")
  }
}
