import Ratings
import Recommenders
import TestEnvironment
import Testing

@Suite struct RecommenderTests {
  static let shapes = [1, 3, 50, 64, 100].flatMap { factors in
    [1, 63, 64, 65, 700].map { items in (factors: factors, items: items) }
  }

  /// The list has the best items by the model's own scores, whether found by a plain scan, with the screen or in a
  /// batch. Scores equal the model's own predictions bit for bit.
  @Test(arguments: NumberStyle.allCases, shapes)
  func listsAreTheExactBest(style: NumberStyle, shape: (factors: Int, items: Int)) throws {
    let model = try RandomModel(
      itemCount: shape.items, factorCount: shape.factors, style: style,
      outputRange: OutputRange(lower: 0, upper: 5.5), seed: UInt64(shape.factors * shape.items)
    ).open()
    let prepared = Recommender(model: model)
    prepared.prepare()
    let users = Array(0..<model.userCount)
    for count in [0, 1, 10, shape.items, shape.items + 5] {
      for includingRated in [false, true] {
        let batch = prepared.recommend(
          for: users, count: count, includingRated: includingRated, threadCount: 2)
        for user in users {
          let known = model.user(user)
          let rated = includingRated ? [] : Set(known.ratedItems)
          let expected = best(
            count, of: (0..<shape.items).filter { !rated.contains(UInt32($0)) }
          ) { Double(model.score(for: known, item: ItemIndex($0))) }
          let plain = Recommender(model: model).recommend(
            for: user, count: count, includingRated: includingRated)
          let screened = prepared.recommend(
            for: user, count: count, includingRated: includingRated)
          #expect(plain.rows == expected)
          #expect(screened == plain)
          #expect(batch[user] == plain)
          #expect(
            plain.allSatisfy {
              $0.score.bitPattern == model.predict(for: known, item: $0.item).bitPattern
            })
        }
      }
    }
  }

  /// Integers add up exactly in single precision, so that the double-precision oracle agrees on every tie.
  @Test(arguments: [1, 3, 64], [10, 1000])
  func tiesAreBrokenByTheRow(factors: Int, items: Int) throws {
    let contents = RandomModel(itemCount: items, factorCount: factors, style: .whole).contents()
    let recommender = Recommender(model: try contents.opened())
    recommender.prepare()
    for user in 0..<contents.catalogue.users.count {
      let expected = best(25, of: (0..<items).filter { !contents.rated(user).contains($0) }) {
        contents.score(user, $0)
      }
      #expect(recommender.recommend(for: user, count: 25).rows == expected)
    }
  }

  @Test func scoresAreTheFormulas() throws {
    let contents = RandomModel(factorCount: 50).contents()
    let recommender = Recommender(model: try contents.opened())
    for item in recommender.recommend(for: 3, count: 50) {
      #expect(abs(Double(item.score) - contents.score(3, item.item.position)) < 1e-4)
    }
  }

  /// The screen is enabled automatically once it pays off, and does not change the list.
  @Test func manyLookupsGiveTheSameListThroughout() throws {
    let model = try RandomModel(itemCount: 5000, factorCount: 32, style: .uneven).open()
    let recommender = Recommender(model: model)
    let first = recommender.recommend(for: 4, count: 10)
    for _ in 0..<3000 {
      #expect(recommender.recommend(for: 4, count: 10) == first)
    }
  }

  @Test func leavesOutWhatItIsToldTo() throws {
    let contents = RandomModel(itemCount: 900, style: .normal).contents()
    let recommender = Recommender(model: try contents.opened())
    let excluded = Set((0..<900).filter { $0 % 3 != 1 })
    let expected = best(40, of: (0..<900).filter { !excluded.contains($0) }) {
      contents.score(1, $0)
    }
    let filter = CandidateFilter.all.excluding(excluded.map { ItemIndex($0) })  // unordered
    let model = recommender.model
    for _ in 0..<2 {
      #expect(recommender.recommend(for: model.user(1), count: 40, filter: filter).rows == expected)
      let batch = recommender.recommend(queryCount: 2, count: 40, threadCount: 2) {
        (model.user($0 + 1), $0 == 0 ? filter : .all)
      }
      #expect(batch[0].rows == expected)
      #expect(Set(batch[1].rows).contains { excluded.contains($0) })
    }
  }

  @Test func biasesAloneRankTheItems() throws {
    let contents = RandomModel(itemCount: 400, factorCount: 0).contents()
    let recommender = Recommender(model: try contents.opened())
    let expected = best(7, of: Array(0..<400)) { Double(contents.tables.itemBiases[$0]) }
    #expect(recommender.recommend(for: 1, count: 7).rows == expected)
    #expect(
      recommender.recommend(for: [1], count: 7, threadCount: 1)[0].rows == expected)
  }

  /// A file's contents are not trusted: whatever the numbers, there is a list.
  @Test(arguments: [
    Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude,
  ])
  func numbersThatMakeNoSenseDoNotStopIt(number: Float) throws {
    for place in 0..<4 {
      var contents = RandomModel(itemCount: 500, factorCount: 8).contents()
      switch place {
      case 0: contents.tables.itemFactors[77 * 8] = number
      case 1: contents.tables.userFactors[2 * 8] = number
      case 2: contents.tables.itemBiases[77] = number
      default: contents.tables.userBiases[2] = number
      }
      let model = try contents.opened()
      let plain = Recommender(model: model)
      let prepared = Recommender(model: model)
      prepared.prepare()
      for user in 1...3 {
        let list = plain.recommend(for: user, count: 20)
        #expect(list.count == 20)
        #expect(prepared.recommend(for: user, count: 20).rows == list.rows)
      }
    }
  }

  @Test func theNumberOfThreadsAndUsersChangesNothing() throws {
    let model = try RandomModel(userCount: 500, itemCount: 800, factorCount: 20).open()
    let recommender = Recommender(model: model)
    let users = Array(0..<500)
    let one = recommender.recommend(for: users, count: 5, threadCount: 1)
    #expect(recommender.recommend(for: users, count: 5, threadCount: 3) == one)
    #expect(
      recommender.recommend(for: Array(users[100..<207]), count: 5, threadCount: 2)
        == Array(one[100..<207]))
    #expect(recommender.recommend(for: [], count: 5, threadCount: 2).isEmpty)
  }
}
