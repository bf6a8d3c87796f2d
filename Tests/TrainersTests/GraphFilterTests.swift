import Foundation
import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import TensorCore
import Testing
import Trainers

/// Compares the trained `graph-filter` model with the formula by definition.
@Suite struct GraphFilterTests {
  private func fit(
    _ table: InteractionTable, _ options: [String: String]
  ) throws -> ItemItemTables {
    let fitted = try GraphFilterTrainer(reading: options).fit(
      TrainingData(training: table), in: TrainingContext(compute: ComputeContext(threadCount: 2)))
    return try #require(fitted.learned as? ItemItemTables)
  }

  /// Returns the weights by the formula, in double precision.
  private func weights(
    _ table: InteractionTable, components: Int, lowPass: Double
  ) -> [[Double]] {
    let matrix = ones(table)
    let userCounts = matrix.map { $0.reduce(0, +) }
    let itemCounts = (0..<table.itemCount).map { item in matrix.reduce(0) { $0 + $1[item] } }
    let normalized = zip(matrix, userCounts).map { row, count in
      zip(row, itemCounts).map { $0 / (count * $1).squareRoot() }
    }
    let linear = gram(normalized)
    let vectors = eigensystem(linear).vectors.prefix(components)
    return (0..<table.itemCount).map { item in
      (0..<table.itemCount).map { other in
        let ideal = vectors.reduce(0) { $0 + $1[item] * $1[other] }
        let ratio = (itemCounts[other] / itemCounts[item]).squareRoot()
        return item == other ? 0 : linear[item][other] + lowPass * ideal * ratio
      }
    }
  }

  @Test(arguments: [(60, 40, 4, 0.3), (30, 50, 10, 1.0), (90, 35, 1, 0.0)])
  func learnsTheFormula(
    _ users: Int, _ items: Int, _ components: Int, _ lowPass: Double
  ) throws {
    let table = try RatingProblem.planted(users: users, items: items, chance: 0.4, seed: 2).table()
    let tables = try fit(
      table, ["components": "\(components)", "low-pass": "\(lowPass)", "weights": "100000"])
    let expected = weights(table, components: components, lowPass: lowPass)
    // With singular values that are almost equal, the last one kept is not exact.
    let largest = expected.flatMap(\.self).map { abs($0) }.max() ?? 0
    let misses = zip(dense(tables), expected).flatMap { zip($0, $1).map { abs($0 - $1) } }
    #expect(try #require(misses.max()) < 0.03 * largest)
    #expect(misses.reduce(0, +) / Double(misses.count) < 0.003 * largest)
    #expect(tables.loss.lists == 1)
  }

  @Test func keepsTheLargestWeightsOfEachItem() throws {
    let table = try RatingProblem.planted(users: 70, items: 50, chance: 0.3, seed: 4).table()
    let options = ["components": "8"]
    let whole = dense(try fit(table, options.merging(["weights": "100000"]) { $1 }))
    let part = try fit(table, options.merging(["weights": "6"]) { $1 })
    for (own, all) in zip(dense(part), whole) {
      let kept = own.filter { $0 != 0 }.map { abs($0) }
      let sizes = all.map { abs($0) }.sorted(by: >)
      #expect(kept.sorted(by: >) == Array(sizes.prefix(6)))
    }
    #expect(part.loss.lists > 0.2 && part.loss.lists < 1)
    #expect(abs(part.loss.share - 6 / 49) < 1e-6)
  }

  /// Similar items follow from the formula's weights, and an opened file scores by them.
  @Test func itsFileScoresByTheWeightsAndComparesItemsByThem() throws {
    let ratings = try RatingProblem.planted(users: 50, items: 30, chance: 0.4, seed: 6).table()
      .split(by: .random(share: 0.2, seed: 1))
    let tables = try fit(ratings.training, ["components": "5"])
    let weights = dense(tables)
    let bytes = try tables.contents(
      kind: "graph-filter", catalogue: ModelCatalogueContents(ratings: ratings) { _ in nil }
    ).encoded()
    let model = try RecommenderForm.open(
      SafetensorsFile(MappedFile(copying: bytes, named: "model")))
    try model.verifyContents()
    for user in 0..<model.userCount {
      let own = ratings.training.positions(of: UserIndex(user)).map {
        Int(ratings.training.items[$0])
      }
      for item in 0..<model.itemCount {
        let expected = own.reduce(0) { $0 + weights[$1][item] }
        let score = model.score(for: model.user(at: UserIndex(user)), item: ItemIndex(item))
        #expect(abs(Double(score) - expected) < 1e-5)
      }
    }
    let similar = try #require(model.similarItems(to: ItemIndex(3)))
    for found in similar { #expect(Double(found.score) == weights[3][found.item.position]) }
    #expect(similar.count == weights[3].count { $0 != 0 })
  }
}
