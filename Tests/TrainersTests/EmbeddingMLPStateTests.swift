import Errors
import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import Testing
import Trainers

/// Interruption, the best network, early stopping: what goes by the state of a `neural` training.
@Suite struct EmbeddingMLPStateTests {
  private let ratings: SplitRatings
  private var options = EmbeddingMLPOptions()

  init() throws {
    ratings = try RatingProblem.planted(users: 60, items: 50, chance: 0.4, seed: 3).table()
      .split(by: .random(share: 0.2, seed: 1))
    options.range = .stars
    options.hiddenSizes = [12, 6]
    options.descent.epochCount = 6
    options.descent.batchSize = 32
    options.descent.peakRate = 0.02
    options.descent.stopping.keepsBest = true
    options.descent.stopping.patience = 3
  }

  private func train(
    _ options: EmbeddingMLPOptions, _ callbacks: [any TrainingCallback] = [],
    _ store: MemoryStore? = nil
  ) throws -> (tables: EmbeddingMLPTables, course: TrainingCourse) {
    try EmbeddingMLPTrainer(options: options).train(
      on: ratings.training, heldOut: ratings.heldOut,
      in: TrainingContext(callbacks: callbacks, checkpoints: store))
  }

  /// In the midst of an epoch, between two, in the first and in the last; statistics of batch norms
  /// are part of the state.
  @Test(arguments: [1, 17, 60, 95]) func interruptedEndsWhereUninterruptedDoes(_ step: Int) throws {
    let whole = try train(options)
    let store = MemoryStore()
    let error = #expect(throws: TrainingError.self) {
      try train(options, [Interruption(after: step)], store)
    }
    #expect(error?.code == .cancelled)
    let resumed = try train(options, [], store)
    #expect(resumed.tables == whole.tables)
    #expect(resumed.course.keptEpoch == whole.course.keptEpoch)
    #expect(
      resumed.course.history.epochs.map(\.trainingLoss)
        == whole.course.history.epochs.map(\.trainingLoss))
  }

  @Test func keepsTheBestNetworkAndStopsEarly() throws {
    var options = options
    options.descent.epochCount = 60
    options.descent.weightDecay = 0
    let stopped = try train(options)
    #expect(
      stopped.course.history.epochs.count == stopped.course.keptEpoch + 3
        && stopped.course.keptEpoch < 57)
    let losses = stopped.course.history.epochs.map { $0.validationLoss ?? .nan }
    #expect(losses[stopped.course.keptEpoch - 1] == losses.min())
    // What is kept is the network of that epoch: it makes its loss.
    let (users, items) = (ratings.heldOut.users, ratings.heldOut.items)
    let contents = EmbeddingMLPContents(
      kind: "neural", catalogue: ModelCatalogueContents(ratings: ratings) { _ in nil },
      tables: stopped.tables)
    let model = try EmbeddingMLP(
      SafetensorsFile(MappedFile(copying: contents.encoded(), named: "best")))
    var sum = 0.0
    for (position, value) in ratings.heldOut.values.enumerated() {
      func known(_ row: UInt32) -> UInt32? { row == HeldOutRatings.unknown ? nil : row }
      let prediction = model.predict(
        for: model.user(at: known(users[position]).map { UserIndex($0) }),
        item: known(items[position]).map { ItemIndex($0) })
      sum += Double((prediction - value) * (prediction - value))
    }
    #expect(abs(sum / Double(users.count) - (losses.min() ?? 0)) < 1e-5)
  }

  @Test func statesOfOtherNetworksAreRefused() throws {
    let store = MemoryStore()
    var other = options
    other.hiddenSizes = [12, 7]
    _ = try train(other, [], store)
    let error = #expect(throws: TrainingError.self) { try train(options, [], store) }
    #expect(error?.code == .badState)
  }

  @Test func stopsWhereItDiverges() throws {
    var wild = options
    wild.descent.weightDecay = 0
    for rate in [10, 1e30] {
      wild.descent.peakRate = rate
      let error = #expect(throws: TrainingError.self) { try train(wild) }
      #expect(error?.code == .diverged && error?.place.contains("epoch 1 of 6") == true)
    }
  }

  @Test func searchesTheSameTwiceAndNeedsRatings() throws {
    let curves = try (0..<2).map { _ in
      try EmbeddingMLPTrainer(options: options).findLearningRate(on: ratings.training)
    }
    #expect(curves[0] == curves[1])
    #expect(LRSuggestions(curves[0]).valley.map { (1e-5...1).contains($0) } == true)
    let error = #expect(throws: TrainingError.self) {
      try EmbeddingMLPTrainer(options: options).findLearningRate(on: RatingProblem().table())
    }
    #expect(error?.code == .badData)
  }
}
