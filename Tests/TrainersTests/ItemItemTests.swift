import Errors
import Foundation
import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import TensorCore
import Testing
import Trainers

/// Returns the weights from each item to each.
func dense(_ tables: ItemItemTables) -> [[Double]] {
  var found = [[Double]](
    repeating: [Double](repeating: 0, count: tables.itemCount), count: tables.itemCount)
  for item in 0..<tables.itemCount {
    for position in Int(tables.offsets[item])..<Int(tables.offsets[item + 1]) {
      found[item][Int(tables.targets[position])] = Double(tables.weights[position])
    }
  }
  return found
}

/// Compares the trained `item-item` model with the closed form by definition, and tests its model's answers.
@Suite struct ItemItemTests {
  private func fit(
    _ table: InteractionTable, _ options: [String: String], memoryLimit: Int = .max
  ) throws -> ItemItemTables {
    let fitted = try ItemItemTrainer(reading: options).fit(
      TrainingData(training: table),
      in: TrainingContext(compute: ComputeContext(threadCount: 2, memoryLimit: memoryLimit)))
    return try #require(fitted.learned as? ItemItemTables)
  }

  private func model(_ tables: ItemItemTables, _ ratings: SplitRatings) throws -> any ScoredModel {
    let bytes = try tables.contents(
      kind: "item-item", catalogue: ModelCatalogueContents(ratings: ratings) { _ in nil }
    ).encoded()
    return try RecommenderForm.open(SafetensorsFile(MappedFile(copying: bytes, named: "model")))
  }

  /// Returns B by Gauss-Jordan elimination in double precision.
  private func weights(
    _ table: InteractionTable, lambda: Double, dropout: Double
  ) -> (weights: [[Double]], precisions: [Double]) {
    let count = table.itemCount
    var left = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    for user in 0..<table.userCount {
      let own = table.positions(of: UserIndex(user)).map { Int(table.items[$0]) }
      for first in own { for second in own { left[first][second] += 1 } }
    }
    for item in 0..<count {
      left[item][item] += lambda + dropout / (1 - dropout) * left[item][item]
    }
    var right = (0..<count).map { row in (0..<count).map { $0 == row ? 1.0 : 0 } }
    for pivot in 0..<count {
      let scale = 1 / left[pivot][pivot]
      left[pivot] = left[pivot].map { $0 * scale }
      right[pivot] = right[pivot].map { $0 * scale }
      for row in 0..<count where row != pivot {
        let factor = left[row][pivot]
        for column in 0..<count {
          left[row][column] -= factor * left[pivot][column]
          right[row][column] -= factor * right[pivot][column]
        }
      }
    }
    let precisions = (0..<count).map { right[$0][$0] }
    let weights = (0..<count).map { row in
      (0..<count).map { $0 == row ? 0 : -right[row][$0] / precisions[$0] }
    }
    return (weights, precisions)
  }

  /// Fewer users than items, and more; several tiles of items.
  @Test(arguments: [
    (30, 60, 0.3, 0.0), (90, 40, 0.5, 0.4), (150, 220, 0.2, 0.5), (300, 210, 0.1, 0),
  ])
  func learnsTheClosedForm(_ users: Int, _ items: Int, _ chance: Double, _ dropout: Double) throws {
    let table = try RatingProblem.planted(users: users, items: items, chance: chance, seed: 1)
      .table()
    let tables = try fit(
      table, ["regularization": "7", "dropout": "\(dropout)", "weights": "100000"])
    let found = dense(tables)
    let foundPrecisions = try #require(tables.precisions)
    let (weights, precisions) = weights(table, lambda: 7, dropout: dropout)
    for item in 0..<table.itemCount {
      #expect(abs(Double(foundPrecisions[item]) - precisions[item]) < 1e-4 * precisions[item])
      for other in 0..<table.itemCount {
        #expect(abs(found[item][other] - weights[item][other]) < 1e-4)
      }
    }
    #expect(tables.loss.lists == 1)
  }

  /// The largest weights are kept, and the effect of dropping the others is reported.
  @Test func keepsTheLargestWeights() throws {
    let table = try RatingProblem.planted(users: 80, items: 50, chance: 0.4, seed: 2).table()
    let whole = try fit(table, ["weights": "100000"])
    let part = try fit(table, ["weights": "5"])
    let count = table.itemCount
    #expect(part.weights.count <= 5 * count && part.weights.count > 4 * count)
    let least = try #require(part.weights.map { abs($0) }.min())
    #expect(whole.weights.count { abs($0) >= least } == part.weights.count)
    #expect(part.loss.share < 0.15 && part.loss.lists < 1 && part.loss.lists > 0.2)
  }

  @Test func aUserIsWhatWasLearnedFromAndHeldOutItemsDoNotCount() throws {
    let ratings = try RatingProblem.planted(users: 40, items: 30, chance: 0.5, seed: 3).table()
      .split(by: .random(share: 0.3, seed: 1))
    let tables = try fit(ratings.training, [:])
    let model = try model(tables, ratings)
    try model.verifyContents()
    var dense = [Float](repeating: 0, count: tables.itemCount)
    for row in 0..<model.userCount {
      let user = model.user(at: UserIndex(row))
      let own = ratings.training.positions(of: UserIndex(row)).map { ratings.training.items[$0] }
      #expect(
        zip(user.ratedItems, user.elements).filter { $0.1 != 0 }.map(\.0) == own)
      for item in dense.indices { dense[item] = 0 }
      for item in own {
        for position in Int(tables.offsets[Int(item)])..<Int(tables.offsets[Int(item) + 1]) {
          dense[Int(tables.targets[position])] += tables.weights[position]
        }
      }
      #expect(
        dense.indices.map { model.score(for: user, item: ItemIndex($0)) } == dense)
      let list = Recommender(model: model).recommend(
        for: user, count: 5, filter: .unrated(by: user))
      #expect(list.map(\.score) == list.map { dense[$0.item.position] })
      #expect(list.map(\.score) == list.map(\.score).sorted(by: >))
    }
    // A user built from the query's own items, unknown to the model.
    let stranger = UserVector(elements: [1, 0.5], ratedItems: [2, 5])
    let scores = [ItemIndex(7), ItemIndex(9)].map { model.score(for: stranger, item: $0) }
    let areFinite = scores.allSatisfy { $0.isFinite }
    #expect(areFinite)
    #expect(model.score(for: model.user(at: nil), item: ItemIndex(3)) == 0)
  }

  @Test func alikeIsWhatGoesTogetherBeyondAllOthers() throws {
    var problem = RatingProblem()
    for user in 0..<60 {
      problem.add(Int64(user), Int64(user % 3), 1)
      problem.add(Int64(user), Int64(10 + user % 3), 1)
      problem.add(Int64(user), Int64(20 + user % 7), 1)
    }
    let ratings = try problem.table().split(by: .none)
    let tables = try fit(ratings.training, [:])
    let recommender = Recommender(model: try model(tables, ratings))
    for item in 0..<3 {
      func best(_ row: Int) -> ScoredItem? {
        recommender.model.similarItems(to: ItemIndex(row))?.max { $0.score < $1.score }
      }
      let (similar, back) = (try #require(best(item)), try #require(best(3 + item)))
      #expect(similar.item == ItemIndex(3 + item) && (0...1).contains(similar.score))
      #expect(back.item == ItemIndex(item) && abs(back.score - similar.score) < 1e-5)
      #expect(try recommender.similar(to: ItemIndex(item), count: 3).first?.item == similar.item)
    }
  }

  @Test func moreItemsThanThereIsMemoryForAreRefusedWithWhatToDoInstead() throws {
    let table = try RatingProblem.planted(users: 20, items: 30, chance: 0.5, seed: 1).table()
    let error = #expect(throws: TrainingError.self) { try fit(table, [:], memoryLimit: 3000) }
    #expect(error?.code == .badData && error?.remedy.contains("implicit-als") == true)
    let demands = ItemItemTrainer().memoryDemand(users: 10, items: 40_000, ratings: 10)
    #expect(demands[0].byteCount == 6.4e9 && demands[0].remedy?.contains("implicit-als") == true)
  }

  /// Trainers that learn in one pass check for cancellation from time to time.
  @Test(arguments: ["item-item", "graph-filter", "svd"], [30, 120])
  func isStoppedWhenItIsAskedTo(_ name: String, _ users: Int) throws {
    let table = try RatingProblem.planted(users: users, items: 60, chance: 0.5, seed: 1).table()
    let kind = try #require(TrainerRegistry.trainer(named: name))
    var context = TrainingContext()
    context.cancellation = CancellationFlag()
    _ = try kind.init(reading: [:]).fit(TrainingData(training: table), in: context)
    context.cancellation?.cancel()
    let error = #expect(throws: TrainingError.self) {
      try kind.init(reading: [:]).fit(TrainingData(training: table), in: context)
    }
    #expect(error?.code == .cancelled && error?.place == name)
  }

  /// A user removed from the model is gone, and all other users are unchanged.
  @Test func aUserCanBeTakenOut() throws {
    let ratings = try RatingProblem.planted(users: 12, items: 10, chance: 0.5, seed: 4).table()
      .split(by: .random(share: 0.3, seed: 1))
    let contents = try fit(ratings.training, [:]).contents(
      kind: "item-item", catalogue: ModelCatalogueContents(ratings: ratings) { _ in nil })
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let paths = ["whole", "rest"].map { folder.appendingPathComponent($0).path }
    _ = try contents.write(to: paths[0])
    let whole = try RecommenderForm.open(SafetensorsFile(paths[0]))
    let gone = whole.users.identifier(at: UserIndex(3))
    let rest = try #require(try ModelWithoutUser(SafetensorsFile(paths[0]), gone))
    _ = try rest.write(to: paths[1])
    let left = try RecommenderForm.open(SafetensorsFile(paths[1]))
    try left.verifyContents()
    #expect(left.users.index(of: gone) == nil && left.userCount == whole.userCount - 1)
    for row in 0..<left.userCount {
      let before = whole.user(at: whole.users.index(of: left.users.identifier(at: UserIndex(row))))
      #expect(left.user(at: UserIndex(row)) == before)
    }
  }
}
