import Errors
import Interactions
import Layers
import Learning
import ModelRegistry
import Ratings
import Recommenders
import TensorCore
import TestEnvironment
import Testing
import Trainers

@Suite struct EmbeddingMLPTests {
  private func options(_ change: (inout EmbeddingMLPOptions) -> Void = { _ in })
    -> EmbeddingMLPOptions
  {
    var options = EmbeddingMLPOptions()
    options.hiddenSizes = [16, 8]
    options.descent.batchSize = 16
    options.range = .stars
    change(&options)
    return options
  }

  @Test(arguments: [10, 1e30]) func stopsWhereItDiverges(_ rate: Double) throws {
    let table = try RatingProblem.planted(users: 60, items: 50, chance: 0.4, seed: 3).table()
    let wild = options {
      $0.descent.weightDecay = 0
      $0.descent.peakRate = rate
    }
    let error = #expect(throws: TrainingError.self) {
      try EmbeddingMLPTrainer(options: wild).train(on: table)
    }
    #expect(error?.code == .diverged && error?.place.contains("epoch 1 of 5") == true)
  }

  @Test func learnsPlantedTastes() throws {
    let table = try RatingProblem.planted(users: 60, items: 60, chance: 0.5, seed: 1).table()
    let ratings = try table.split(by: .random(share: 0.2, seed: 3))
    let result = try EmbeddingMLPTrainer(
      options: options {
        $0.descent.epochCount = 15
        $0.descent.peakRate = 0.02
        $0.descent.weightDecay = 0.01
      }
    ).train(on: ratings.training, heldOut: ratings.heldOut)
    let losses = result.course.history.epochs.compactMap(\.validationLoss)
    #expect(losses.count == 15)
    // Guessing the mean gives 0.5, the planted noise 0.05.
    #expect((losses.last ?? 1) < 0.2, "\(losses)")
  }

  @Test func repeatsItselfToTheLastBit() throws {
    let table = try RatingProblem.planted(users: 20, items: 20, chance: 0.5, seed: 2).table()
    func train(_ seed: UInt64) throws -> EmbeddingMLPTables {
      try EmbeddingMLPTrainer(options: options())
        .train(on: table, in: TrainingContext(seed: seed)).tables
    }
    let first = try train(1)
    #expect(try train(1) == first)
    #expect(try train(2) != first)
  }

  /// The served model, a folded network, gives the scores of the trained module.
  @Test func theModelFileScoresAsTheNetworkDoes() throws {
    let table = try RatingProblem.planted(users: 30, items: 25, chance: 0.4, seed: 4).table()
    let ratings = try table.split(by: .random(share: 0.1, seed: 1))
    let training = ratings.training
    let network = EmbeddingMLPNetwork(
      userCount: training.userCount, itemCount: training.itemCount, hiddenSizes: [16, 8],
      outputRange: OutputRange(lower: 0, upper: 5.5), seed: 3)
    let tables = try EmbeddingMLPTrainer(options: options()).train(on: training, start: network)
      .tables
    let contents = EmbeddingMLPContents(
      kind: "neural", catalogue: ModelCatalogueContents(ratings: ratings) { _ in nil },
      tables: tables)
    let model = try EmbeddingMLP(
      SafetensorsFile(MappedFile(copying: contents.encoded(), named: "neural")))
    try model.verifyContents()
    for user in 0...training.userCount {
      let items = (0...UInt32(training.itemCount)).map { $0 }
      let expected = try network(
        users: items.map { _ in UInt32(user) }, items: items, in: ForwardPass(isTraining: false)
      ).value.elements()
      let found = items.map { item in
        model.predict(
          for: model.user(at: user == 0 ? nil : UserIndex(user - 1)),
          item: item == 0 ? nil : ItemIndex(item - 1))
      }
      #expect(agree(found, expected, within: 1e-5))
    }
  }

  @Test func refusesWhatItCantLearnFrom() throws {
    var single = RatingProblem()
    single.add(1, 1, 4)
    for problem in [RatingProblem(), single] {
      let error = #expect(throws: TrainingError.self) {
        try EmbeddingMLPTrainer(options: options()).train(on: problem.table())
      }
      #expect(error?.code == .badData)
    }
    let table = try RatingProblem.planted(users: 5, items: 5, chance: 1, seed: 1).table()
    let changes: [(inout EmbeddingMLPOptions) -> Void] = [
      { $0.hiddenSizes = [] }, { $0.hiddenSizes = [10, 0] }, { $0.hiddenSizes = [1 << 20] },
      { $0.descent.epochCount = 0 }, { $0.descent.batchSize = 1 }, { $0.descent.peakRate = .nan },
      { $0.descent.weightDecay = -1 },
      { $0.descent.peakRate = 11 },
    ]
    for change in changes {
      let error = #expect(throws: TrainingError.self) {
        try EmbeddingMLPTrainer(options: options(change)).train(on: table)
      }
      #expect(error?.code == .badOption && error?.remedy.isEmpty == false)
    }
  }

  @Test func unknownUsersAndItemsAreValidatedByRow0() throws {
    var problem = RatingProblem.planted(users: 12, items: 12, chance: 0.6, seed: 5)
    // The only rating of a user and of an item: if held out, they are unknown.
    problem.add(100, 3, 4)
    problem.add(3, 100, 2)
    let ratings = try problem.table().split(by: .random(share: 0.3, seed: 2))
    let (training, heldOut) = (ratings.training, ratings.heldOut)
    let network = EmbeddingMLPNetwork(
      userCount: training.userCount, itemCount: training.itemCount, hiddenSizes: [16, 8],
      outputRange: OutputRange(lower: 0, upper: 5.5), seed: 3)
    let result = try EmbeddingMLPTrainer(options: options()).train(
      on: training, heldOut: heldOut, start: network)
    func rows(_ column: [UInt32]) -> [UInt32] {
      column.map { $0 == HeldOutRatings.unknown ? 0 : $0 + 1 }
    }
    #expect(rows(heldOut.users).contains(0) || rows(heldOut.items).contains(0))
    let predictions = try network(
      users: rows(heldOut.users), items: rows(heldOut.items), in: ForwardPass(isTraining: false)
    ).value.elements()
    let errors = zip(predictions, heldOut.values).map { ($0 - $1) * ($0 - $1) }
    let expected = Double(errors.reduce(0, +)) / Double(errors.count)
    let found = try #require(result.course.history.epochs.last?.validationLoss)
    #expect(abs(found - expected) < 1e-5 * expected)
  }
}
