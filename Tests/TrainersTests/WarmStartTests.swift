import Errors
import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import Testing
import Trainers

/// Tests least-squares trainings that start from an earlier model.
struct WarmStartTests {
  private func fit(
    _ name: String, _ options: [String: String], on table: InteractionTable,
    from start: (any ScoredModel)? = nil
  ) throws -> (tables: FactorTables, model: any ScoredModel) {
    let kind = try #require(TrainerRegistry.trainer(named: name))
    #expect(kind.capabilities.contains(.warmStarts))
    let fitted = try kind.init(reading: options).fit(
      TrainingData(training: table), in: TrainingContext(start: start))
    let bytes = try fitted.learned.contents(
      kind: name,
      catalogue: ModelCatalogueContents(ratings: try table.split(by: .none)) { _ in nil }
    ).encoded()
    return (
      try #require(fitted.learned as? FactorTables),
      try RecommenderForm.open(SafetensorsFile(MappedFile(copying: bytes, named: "model")))
    )
  }

  /// Returns the mean absolute difference of the predictions of all pairs.
  private func distance(_ left: FactorTables, _ right: FactorTables) -> Float {
    var sum: Float = 0
    for user in 0..<left.userCount {
      for item in 0..<left.itemCount {
        sum += abs(left.prediction(user, item) - right.prediction(user, item))
      }
    }
    return sum / Float(left.userCount * left.itemCount)
  }

  /// A sweep that starts from a finished training changes little; one that starts from scratch does not come close.
  @Test(arguments: ["als", "implicit-als"]) func oneSweepIsEnoughWhereNothingChanged(
    _ name: String
  ) throws {
    let table = try RatingProblem.planted(users: 50, items: 40, chance: 0.4, seed: 2).table()
    let options = ["factors": "4", "sweeps": "200"]
    let (settled, model) = try fit(name, options, on: table)
    let once = options.merging(["sweeps": "1"]) { $1 }
    let warm = try fit(name, once, on: table, from: model).tables
    let cold = try fit(name, once, on: table).tables
    #expect(distance(warm, settled) < 0.01)
    #expect(distance(cold, settled) > 5 * distance(warm, settled))
  }

  @Test(arguments: ["als", "implicit-als"]) func itemsThatAreNewAreLearnedBesideTheOthers(
    _ name: String
  ) throws {
    let problem = RatingProblem.planted(users: 50, items: 40, chance: 0.5, seed: 5)
    var old = RatingProblem()
    for position in problem.values.indices where problem.items[position] % 5 > 0 {
      old.add(problem.users[position], problem.items[position], problem.values[position])
    }
    let options = ["factors": "3", "sweeps": "100"]
    let start = try fit(name, options, on: old.table()).model
    let table = try problem.table()
    let settled = try fit(name, options, on: table).tables
    let warm = try fit(name, options.merging(["sweeps": "15"]) { $1 }, on: table, from: start)
      .tables
    #expect(distance(warm, settled) < 0.1)
  }

  @Test func otherNumbersOfFactorsAreRefused() throws {
    let table = try RatingProblem.planted(users: 20, items: 20, chance: 0.4, seed: 2).table()
    let start = try fit("als", ["factors": "4"], on: table).model
    let error = #expect(throws: TrainingError.self) {
      try fit("als", ["factors": "5"], on: table, from: start)
    }
    #expect(error?.code == .badOption && error?.place == "factors")
  }
}
