import Errors
import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import TensorCore
import Testing
import Trainers

/// Tests blends of trained models.
@Suite struct BlendTests {
  /// Returns ratings by four groups of users, who rate most items of their group and few others. The values have no
  /// pattern.
  private func groups() throws -> InteractionTable {
    let chances = RatingProblem.planted(users: 80, items: 60, chance: 0.7, seed: 3)
    let strays = RatingProblem.planted(users: 80, items: 60, chance: 0.03, seed: 4)
    var problem = RatingProblem()
    for rating in 0..<chances.users.count
    where chances.users[rating] % 4 == chances.items[rating] % 4 {
      problem.add(chances.users[rating], chances.items[rating], chances.values[rating])
    }
    for rating in 0..<strays.users.count
    where strays.users[rating] % 4 != strays.items[rating] % 4 {
      problem.add(strays.users[rating], strays.items[rating], strays.values[rating])
    }
    return try problem.table()
  }

  private func fit(
    _ options: [String: String], _ table: InteractionTable, seed: UInt64 = 0
  ) throws -> FittedModel {
    try BlendTrainer(reading: options).fit(
      TrainingData(training: table), in: TrainingContext(seed: seed))
  }

  private func bytes(_ fitted: FittedModel, _ table: InteractionTable) throws -> [UInt8] {
    let ratings = try table.split(by: .none)
    return try fitted.learned.contents(
      kind: "blend", catalogue: ModelCatalogueContents(ratings: ratings) { _ in nil }
    ).encoded()
  }

  private func shares(_ fitted: FittedModel) throws -> [Double] {
    try #require(fitted.settled["shares"]).split(separator: ",").map { try #require(Double($0)) }
  }

  /// One of the two models ignores tastes.
  @Test func theBetterModelCountsMost() throws {
    let table = try groups()
    let first = try shares(fit(["parts": "item-item,bias-only"], table))
    let last = try shares(fit(["parts": "bias-only,item-item"], table))
    #expect(abs(first.reduce(0, +) - 1) < 0.01 && abs(last.reduce(0, +) - 1) < 0.01)
    #expect(first[0] > 0.6 && last[1] > 0.6)
  }

  @Test func whatWasSettledGivesTheSameModel() throws {
    let table = try groups()
    for parts in ["item-item,als:factors=3", "bayes:factors=2,item-item,implicit-als:factors=5"] {
      let learned = try fit(["parts": parts], table, seed: 4)
      let given = try fit(["parts": parts].merging(learned.settled) { $1 }, table, seed: 4)
      #expect(try bytes(given, table) == bytes(learned, table))
      #expect(given.settled == learned.settled)
    }
  }

  /// A part with the only nonzero share ranks like that model in its own file.
  @Test func onePartAloneRanksAsThatModel() throws {
    let table = try groups()
    let fitted = try fit(["parts": "item-item,implicit-als:factors=5", "shares": "0,2"], table)
    let model = try RecommenderForm.open(
      SafetensorsFile(MappedFile(copying: bytes(fitted, table), named: "model")))
    let alone = try ImplicitALSTrainer(reading: ["factors": "5"]).fit(
      TrainingData(training: table), in: TrainingContext())
    let other = try RecommenderForm.open(
      SafetensorsFile(MappedFile(copying: bytes(alone, table), named: "alone")))
    let (blend, single) = (Recommender(model: model), Recommender(model: other))
    for row in 0..<model.userCount {
      func list(_ recommender: Recommender) -> [ItemIndex] {
        let user = recommender.model.user(at: UserIndex(row))
        return recommender.recommend(for: user, count: 5, filter: .unrated(by: user)).map(\.item)
      }
      #expect(list(blend) == list(single))
    }
  }

  /// Standardised scores have mean 0 and standard deviation 1 over all pairs.
  @Test func scoresOfAPartAreStandardised() throws {
    let table = try groups()
    let fitted = try fit(["parts": "bias-only,als:factors=3", "shares": "0,1"], table)
    let model = try RecommenderForm.open(
      SafetensorsFile(MappedFile(copying: bytes(fitted, table), named: "model")))
    let scores = (0..<model.userCount).flatMap { row in
      model.scores(
        for: model.user(at: UserIndex(row)), ofRows: (0..<UInt32(model.itemCount)).map { $0 }
      ).map { Double($0) }
    }
    let mean = scores.reduce(0, +) / Double(scores.count)
    let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count)
    #expect(abs(mean) < 1e-3 && abs(variance - 1) < 1e-3)
  }

  /// There are too few ratings to hold any out.
  @Test func fewRatingsAreBlendedInEqualParts() throws {
    var problem = RatingProblem()
    problem.add(1, 1, 4)
    problem.add(1, 2, 3)
    let fitted = try fit([:], problem.table(), seed: 1)
    #expect(try shares(fitted) == [1, 1])
  }

  @Test(arguments: [
    ["parts": "item-item"], ["parts": "item-item,item-item"], ["parts": "item-item,"],
    ["parts": "item-item,blend"], ["parts": "item-item,popularity"], ["parts": "item-item,nobody"],
    ["parts": "item-item,als:factors=0"], ["parts": "item-item,als:colour=red"],
    ["parts": "item-item,als:factors"], ["parts": "item-item,implicit-als:early-stop=2"],
    ["parts": "item-item,als,bayes,svd"], ["shares": "1"], ["shares": "1,2,3"], ["shares": "0,0"],
    ["shares": "-1,2"], ["shares": "1,nan"], ["shares": "1,x"], ["shares": "1e308,1e308"],
  ])
  func optionsThatAreNoneAreRefused(_ options: [String: String]) {
    let error = #expect(throws: TrainingError.self) { try BlendTrainer(reading: options) }
    #expect(error?.code == .badOption && options.keys.contains(error?.place ?? ""))
  }

  @Test func optionsReadAsTheyAreRecorded() throws {
    let texts = ["parts": "svd:factors=8,als:sweeps=3:factors=4", "shares": "0.3,0.7"]
    let trainer = try BlendTrainer(reading: texts)
    #expect(trainer.record == texts)
    #expect(try BlendTrainer(reading: trainer.record).options == trainer.options)
    #expect(BlendTrainer().record == ["parts": "item-item,implicit-als", "shares": "auto"])
  }

  @Test func isStoppedWhenItIsAskedTo() throws {
    var context = TrainingContext()
    context.cancellation = CancellationFlag()
    context.cancellation?.cancel()
    for parts in ["item-item,als", "als,item-item", "bias-only,svd"] {
      let error = #expect(throws: TrainingError.self) {
        try BlendTrainer(reading: ["parts": parts]).fit(
          TrainingData(training: groups()), in: context)
      }
      #expect(error?.code == .cancelled)
    }
  }
}
