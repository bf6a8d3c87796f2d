import Errors
import Foundation
import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import TensorCore
import TestEnvironment
import Testing
import Trainers

/// Compares items without ratings, placed by their content, with ridge regression by definition, and tests their
/// models' answers.
@Suite struct ColdItemsTests {
  /// Rated items 0, 2, 4 ... with synthetic tables, and content of these and of unrated items, which lie between,
  /// before and after them.
  private struct Problem {
    let split: SplitRatings
    let content: ItemContent
    let cold: [Item]
    let width: Int
    var catalogue: ModelCatalogueContents {
      ModelCatalogueContents(ratings: split) { row in
        Item(id: split.training.identifier(of: row), title: "title of \(row.position)")
      }
    }

    init(
      users: Int = 20, items: Int = 40, density: Double = 0.3, width: Int = 4, coldCount: Int = 6,
      seed: UInt64 = 1
    ) throws {
      var generator = SplitMix64(seed: seed)
      var batch = RatingBatch(userType: .integer, itemType: .integer)
      for user in 0..<users {
        for item in 0..<items
        where item == user || Double.random(in: 0..<1, using: &generator) < density {
          batch.append(
            Rating(
              user: UserID(Int64(user)), item: ItemID(Int64(2 * item)),
              value: Float(Int.random(in: 1...5, using: &generator))))
        }
      }
      var builder = InteractionTableBuilder()
      try builder.append(batch)
      split = try builder.finish().split(by: .none)
      let ids = [-3, -1] + (0..<coldCount - 3).map { Int64(4 * $0 + 1) } + [9999]
      cold = ids.map { Item(id: ItemID($0), title: "cold \($0)") }
      var content = ItemContent(width: width)
      let rated = split.training.itemIdentifiers
      for row in 0..<rated.count {
        _ = content.add(
          rated.identifier(at: row), (0..<width).map { _ in .random(in: -1...1, using: &generator) }
        )
      }
      for item in cold {
        _ = content.add(item.id, (0..<width).map { _ in .random(in: -1...1, using: &generator) })
      }
      self.content = content
      self.width = width
    }

    func vector(of id: ItemID) -> [Double] {
      content.row(of: id).map { content.vector(at: $0).map { Double($0) } } ?? []
    }

    func coldItems(_ items: [Item]? = nil) -> ColdItems {
      let rated = split.training.itemIdentifiers
      let known = Set((0..<rated.count).map { rated.identifier(at: $0, of: ItemEntity.self) })
      return ColdItems(content, of: items ?? cold) { known.contains($0) }
    }

    /// Returns factors that depend on the content, plus `noise`.
    func factorTables(_ factors: Int, noise: Double, seed: UInt64 = 3) -> FactorTables {
      var generator = SplitMix64(seed: seed)
      let (users, items) = (split.training.userCount, split.training.itemCount)
      let map = (0..<(factors + 1) * (width + 1)).map { _ in
        Double.random(in: -1...1, using: &generator)
      }
      func number(_ target: Int, _ item: Int) -> Float {
        let vector = [1] + vector(of: split.training.identifier(of: ItemIndex(item)))
        let exact = vector.indices.reduce(0) { $0 + vector[$1] * map[target * (width + 1) + $1] }
        return Float(exact + noise * Double.random(in: -1...1, using: &generator))
      }
      return FactorTables(
        factorCount: factors,
        userFactors: (0..<users * factors).map { _ in .random(in: -1...1, using: &generator) },
        itemFactors: (0..<items).flatMap { item in (1...factors).map { number($0, item) } },
        userBiases: (0..<users).map { _ in .random(in: -1...1, using: &generator) },
        itemBiases: (0..<items).map { number(0, $0) }, globalMean: 3)
    }
  }

  private func added(
    _ problem: Problem, _ tables: any ModelTables, threads: Int = 2, _ items: [Item]? = nil
  ) throws -> ColdItems.Learned {
    try problem.coldItems(items).added(
      to: tables, problem.catalogue, in: ComputeContext(threadCount: threads))
  }

  private func model(_ learned: ColdItems.Learned) throws -> any ScoredModel {
    let model = try learned.tables.contents(kind: "als", catalogue: learned.catalogue).opened()
    try model.verifyContents()
    return model
  }

  @Test(
    arguments: [0.1, 1, 10],
    [(factors: 3, width: 4), (factors: 1, width: 1), (factors: 2, width: 60)])
  func factorsAreThoseOfRidgeRegression(noise: Double, shape: (factors: Int, width: Int)) throws {
    let problem = try Problem(width: shape.width)
    let tables = problem.factorTables(shape.factors, noise: noise)
    let learned = try added(problem, tables)
    let found = try #require(learned.tables as? FactorTables)
    let counts = problem.split.training.itemRatingCounts()
    let (users, factors) = (tables.userCount, shape.factors)
    let vectors = (0..<users).map { user in
      [1] + tables.userFactors[user * factors..<(user + 1) * factors].map { Double($0) }
    }
    let metric = (0...factors).map { first in
      (0...factors).map { second in
        vectors.reduce(0) { $0 + $1[first] * $1[second] } / Double(users)
      }
    }
    let rows = 0..<tables.itemCount
    let naive = NaiveRidge(
      rows.map { problem.vector(of: problem.split.training.identifier(of: ItemIndex($0))) },
      rows.map { row in
        [Double(tables.itemBiases[row])]
          + tables.itemFactors[row * factors..<(row + 1) * factors].map { Double($0) }
      }, weights: rows.map { Double(counts[$0]) / (Double(counts[$0]) + 10) }, metric: metric)
    let model = try model(learned)
    // Single precision; the tolerance is wider for content of more dimensions than items.
    let tolerance = shape.width > tables.itemCount ? 0.02 : 1e-3
    for item in problem.cold {
      let row = try #require(model.items.index(of: item.id))
      let expected = naive.targets(of: problem.vector(of: item.id))
      #expect(abs(Double(found.itemBiases[row.position]) - expected[0]) < tolerance)
      for factor in 0..<factors {
        let number = Double(found.itemFactors[row.position * factors + factor])
        #expect(abs(number - expected[factor + 1]) < tolerance)
      }
    }
    #expect(learned.learnedFrom == tables.itemCount)
    #expect((0...1).contains(learned.explained))
    if noise == 0.1 && shape.width == 4 { #expect(learned.explained > 0.9) }
  }

  /// Constant content carries no information, so all unrated items equal the mean item.
  @Test func contentThatIsTheSameForAllMakesTheMeanItem() throws {
    let problem = try Problem(width: 1)
    var same = ItemContent(width: 1)
    for id in problem.content.items { _ = same.add(id, [7]) }
    let tables = problem.factorTables(2, noise: 1)
    let learned = try ColdItems(same, of: problem.cold) { _ in false }.added(
      to: tables, problem.catalogue, in: ComputeContext(threadCount: 1))
    let counts = problem.split.training.itemRatingCounts().map { Double($0) / (Double($0) + 10) }
    let total = counts.reduce(0, +)
    let mean = counts.indices.reduce(0) { $0 + counts[$1] * Double(tables.itemBiases[$1]) } / total
    let found = try #require(learned.tables as? FactorTables)
    #expect(learned.explained == 0)
    for row in try model(learned).catalogue.coldRows {
      #expect(abs(Double(found.itemBiases[Int(row)]) - mean) < 1e-5)
    }
  }

  /// Items with ratings keep their parameters and ids, and the catalogue knows which items are unrated.
  @Test func ratedItemsStayAsTheyWere() throws {
    let problem = try Problem()
    let tables = problem.factorTables(3, noise: 0.5)
    let before = try tables.contents(kind: "als", catalogue: problem.catalogue).opened()
    let after = try model(added(problem, tables))
    #expect(after.itemCount == before.itemCount + problem.cold.count)
    #expect(after.catalogue.coldItemCount == problem.cold.count)
    #expect(before.catalogue.coldItemCount == 0 && before.catalogue.coldRows.isEmpty)
    for row in 0..<before.itemCount {
      let id = before.items.identifier(at: ItemIndex(row))
      let other = try #require(after.items.index(of: id))
      #expect(!after.catalogue.isCold(other))
      #expect(after.title(of: other) == before.title(of: ItemIndex(row)))
      #expect(after.ratingCount(of: other) == before.ratingCount(of: ItemIndex(row)))
      for user in 0..<before.userCount {
        #expect(
          after.score(for: after.user(at: UserIndex(user)), item: other)
            == before.score(for: before.user(at: UserIndex(user)), item: ItemIndex(row)))
      }
    }
    for user in 0..<before.userCount {
      func ids(_ model: any ScoredModel) -> [ItemID] {
        model.user(at: UserIndex(user)).ratedItems.map {
          model.items.identifier(at: ItemIndex($0))
        }
      }
      #expect(ids(after) == ids(before))
    }
    for item in problem.cold {
      let row = try #require(after.items.index(of: item.id))
      #expect(after.catalogue.isCold(row) && after.ratingCount(of: row) == 0)
      #expect(after.title(of: row) == item.title)
    }
    // Ratings fold in to the same user with and without the unrated items.
    let rating = { (model: any ScoredModel, id: Int64) in
      ItemRating(item: try #require(model.items.index(of: ItemID(id))), value: 4)
    }
    let folded = try before.user(of: [rating(before, 0), rating(before, 4)])
    #expect(try after.user(of: [rating(after, 0), rating(after, 4)]).elements == folded.elements)
  }

  /// The weights to an unrated item are those of the users' items for its expected raters.
  @Test(arguments: [0.0, 0.4])
  func weightsAreTheClosedFormOfExpectedRaters(dropout: Double) throws {
    let problem = try Problem(users: 60, items: 30)
    let table = problem.split.training
    let fitted = try ItemItemTrainer(reading: [
      "regularization": "5", "dropout": "\(dropout)", "weights": "100000",
    ]).fit(TrainingData(training: table), in: TrainingContext())
    let learned = try added(problem, fitted.learned)
    let found = dense(try #require(learned.tables as? ItemItemTables))
    let (users, items) = (table.userCount, table.itemCount)
    var ratings = [[Double]](repeating: [Double](repeating: 0, count: items), count: users)
    for user in 0..<users {
      for position in table.positions(of: UserIndex(user)) {
        ratings[user][Int(table.items[position])] = 1
      }
    }
    let naive = NaiveRidge(
      (0..<items).map { problem.vector(of: table.identifier(of: ItemIndex($0))) },
      (0..<items).map { item in ratings.map { $0[item] } },
      weights: [Double](repeating: 1, count: items))
    var system = (0..<items).map { first in
      (0..<items).map { second in ratings.reduce(0) { $0 + $1[first] * $1[second] } }
    }
    for item in 0..<items {
      system[item][item] += 5 + dropout / (1 - dropout) * system[item][item]
    }
    let model = try model(learned)
    for item in problem.cold {
      let raters = naive.targets(of: problem.vector(of: item.id))
      let right = (0..<items).map { item in
        [(0..<users).reduce(0) { $0 + ratings[$1][item] * raters[$1] }]
      }
      let weights = solve(system, right).map { $0[0] }
      let column = try #require(model.items.index(of: item.id)).position
      // The smallest weight may be omitted.
      let least = weights.map(abs).min() ?? 0
      for other in 0..<items {
        let row = try #require(model.items.index(of: table.identifier(of: ItemIndex(other))))
        let number = found[row.position][column]
        #expect(
          abs(number - weights[other]) < 1e-4 || (number == 0 && abs(weights[other]) == least))
      }
      // A rating of an unrated item contributes to other items' scores.
      let user = try model.user(of: [ItemRating(item: ItemIndex(column), value: 5)])
      #expect((0..<model.itemCount).contains { model.score(for: user, item: ItemIndex($0)) != 0 })
    }
  }

  @Test func theSameBytesWhateverTheThreads() throws {
    let problem = try Problem(users: 40, items: 60, width: 9)
    let itemItem = try ItemItemTrainer().fit(
      TrainingData(training: problem.split.training), in: TrainingContext())
    for tables in [problem.factorTables(5, noise: 1), itemItem.learned] as [any ModelTables] {
      let files = try [1, 2, 3].map { threads in
        let learned = try added(problem, tables, threads: threads)
        return try learned.tables.contents(kind: "als", catalogue: learned.catalogue).encoded()
      }
      #expect(files[0] == files[1] && files[0] == files[2])
    }
  }

  /// The neighbours of an unrated item are those with the highest cosine, centred on the mean of rated items.
  @Test func neighboursAreTheNearestByContent() throws {
    let problem = try Problem(items: 90, density: 0.1)
    let model = try model(added(problem, problem.factorTables(2, noise: 1)))
    let recommender = Recommender(model: model)
    let rated = (0..<problem.split.training.itemCount).map {
      problem.vector(of: problem.split.training.identifier(of: ItemIndex($0)))
    }
    let center = (0..<problem.width).map { column in
      rated.reduce(0) { $0 + $1[column] } / Double(rated.count)
    }
    func cosine(_ first: ItemID, _ second: ItemID) -> Double {
      let (a, b) = (problem.vector(of: first), problem.vector(of: second))
      let (x, y) = (zip(a, center).map { $0 - $1 }, zip(b, center).map { $0 - $1 })
      func product(_ x: [Double], _ y: [Double]) -> Double {
        zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
      }
      return product(x, y) / (product(x, x) * product(y, y)).squareRoot()
    }
    let item = problem.cold[2].id
    let row = try #require(model.items.index(of: item))
    #expect(recommender.itemSimilarity == .coRatings)
    #expect(recommender.itemSimilarity(to: row) == .content)
    let list = try recommender.similar(to: row, count: 5, minimumRatings: 0)
    let ids = (0..<model.itemCount).map { model.items.identifier(at: ItemIndex($0)) }
    let expected = ids.filter { $0 != item }.map { cosine(item, $0) }.sorted(by: >).prefix(5)
    #expect(list.count == 5)
    for (found, best) in zip(list, expected) {
      #expect(abs(Double(found.score) - best) < 1e-5)
      #expect(abs(cosine(item, model.items.identifier(at: found.item)) - best) < 1e-5)
    }
    // In a rated neighbour's list, it follows the items found by ratings.
    let near = try #require(list.first { !model.catalogue.isCold($0.item) })
    let back = try recommender.similar(to: near.item, count: 1000, minimumRatings: 0)
    let firstCold = try #require(back.firstIndex { model.catalogue.isCold($0.item) })
    #expect(back[firstCold...].allSatisfy { model.catalogue.isCold($0.item) })
    #expect(back[firstCold...].contains { $0.item == row })
  }

  private func code(_ body: () throws -> Void) -> TrainingErrorCode? {
    do {
      try body()
      return nil
    } catch { return (error as? TrainingError)?.code }
  }

  @Test func whatCanNotBeLearnedIsRefused() throws {
    let problem = try Problem()
    let few = try Problem(users: 5, items: 9)
    #expect(code { _ = try added(few, few.factorTables(2, noise: 1)) } == .badData)
    let context = TrainingContext()
    #expect(!Popularity.capabilities.contains(.coldItems))
    for kind in [EmbeddingMLPTrainer.self, GraphFilterTrainer.self] as [any Trainer.Type] {
      let fitted = try kind.init(reading: kind == EmbeddingMLPTrainer.self ? ["epochs": "1"] : [:])
        .fit(TrainingData(training: problem.split.training), in: context)
      #expect(code { _ = try added(problem, fitted.learned) } == .badOption, "\(kind.name)")
      #expect(!kind.capabilities.contains(.coldItems))
    }
    var broken = problem.factorTables(2, noise: 1)
    broken.itemFactors[3] = .nan
    #expect(code { _ = try added(problem, broken) } == .diverged)
  }

  /// The trainers that declare the capability.
  private static let kinds: [String] = {
    var names: [String] = []
    for kind in TrainerRegistry.all where kind.capabilities.contains(.coldItems) {
      names.append(kind.name)
    }
    return names
  }()

  /// Every trainer that declares the capability supports unrated items.
  @Test(arguments: kinds)
  func trainersKeepTheirWord(name: String) throws {
    let problem = try Problem()
    let kind = try #require(TrainerRegistry.trainer(named: name))
    let options = kind.optionNames.contains("epochs") ? ["epochs": "2"] : [:]
    let fitted = try kind.init(reading: options).fit(
      TrainingData(training: problem.split.training), in: TrainingContext())
    let model = try model(added(problem, fitted.learned))
    for row in model.catalogue.coldRows {
      #expect(model.score(for: model.user(at: UserIndex(0)), item: ItemIndex(row)).isFinite)
      if let interval = model.interval(for: UserIndex(0), item: ItemIndex(row)) {
        #expect(interval.lowerBound <= interval.upperBound)
      }
    }
  }
}
