import Errors
import Interactions
import Learning
import Recommenders
import Testing
import Trainers

/// Interruption, the best tables, early stopping: what goes by the state of a `dot-bias` training.
@Suite struct DotBiasStateTests {
  private let ratings: SplitRatings
  private var options = DotBiasOptions()

  init() throws {
    ratings = try RatingProblem.planted(users: 60, items: 50, chance: 0.4, seed: 3).table()
      .split(by: .random(share: 0.2, seed: 1))
    options.range = .stars
    options.factorCount = 7
    options.descent.epochCount = 6
    options.descent.batchSize = 32
    options.descent.peakRate = 0.05
    options.descent.stopping.keepsBest = true
    options.descent.stopping.patience = 3
  }

  private func train(
    _ options: DotBiasOptions, _ callbacks: [any TrainingCallback] = [],
    _ store: MemoryStore? = nil
  ) throws -> (tables: FactorTables, course: TrainingCourse) {
    try DotBiasTrainer(options: options).train(
      on: ratings.training, heldOut: ratings.heldOut,
      in: TrainingContext(callbacks: callbacks, checkpoints: store))
  }

  private func bits(_ tables: FactorTables) -> [UInt32] {
    [tables.userFactors, tables.itemFactors, tables.userBiases, tables.itemBiases]
      .flatMap { $0.map(\.bitPattern) }
  }

  @Test(arguments: [false, true], [1, 17, 60, 95])
  func interruptedEndsWhereUninterruptedDoes(_ exact: Bool, _ step: Int) throws {
    var options = options
    options.isExact = exact
    let whole = try train(options, [Interruption(after: -1)])
    let store = MemoryStore()
    let error = #expect(throws: TrainingError.self) {
      try train(options, [Interruption(after: step)], store)
    }
    #expect(error?.code == .cancelled)
    let resumed = try train(options, [Interruption(after: -1)], store)
    #expect(bits(resumed.tables) == bits(whole.tables))
    #expect(resumed.course.keptEpoch == whole.course.keptEpoch)
    #expect(
      resumed.course.history.epochs.map(\.trainingLoss)
        == whole.course.history.epochs.map(\.trainingLoss))
  }

  @Test(arguments: [false, true]) func keepsTheBestTables(_ exact: Bool) throws {
    var options = options
    options.isExact = exact
    options.descent.stopping.patience = nil
    options.descent.epochCount = 40
    options.descent.weightDecay = 0
    let result = try train(options)
    let losses = result.course.history.epochs.map { $0.validationLoss ?? .nan }
    let best = try #require(losses.min())
    #expect(
      losses.count == 40 && result.course.keptEpoch < 40
        && losses[result.course.keptEpoch - 1] == best)
    let heldOut = ratings.heldOut
    var sum = 0.0
    for position in 0..<heldOut.count {
      let prediction = result.tables.prediction(
        Int(heldOut.users[position]), Int(heldOut.items[position]))
      let error = Double(prediction - heldOut.values[position])
      sum += error * error
    }
    #expect(abs(sum / Double(heldOut.count) - best) < 1e-4)
  }

  @Test func stopsEarly() throws {
    var options = options
    options.descent.epochCount = 40
    options.descent.weightDecay = 0
    options.descent.stopping.patience = 2
    let result = try train(options)
    #expect(result.course.history.epochs.count == result.course.keptEpoch + 2)
  }

  /// Rates that change on the way are made up for in rows that missed steps on both sides.
  @Test func loweredRatesReachUntouchedRows() throws {
    var options = options
    options.descent.stopping.keepsBest = false
    options.descent.stopping.patience = nil
    options.descent.peakRate = 0.02
    let fast = try train(options, [Halving()])
    options.isExact = true
    let exact = try train(options, [Halving()])
    for (fast, exact) in zip(fast.course.history.epochs, exact.course.history.epochs) {
      #expect(abs((fast.trainingLoss ?? 0) - (exact.trainingLoss ?? 9)) < 2e-2)
      #expect(abs((fast.validationLoss ?? 0) - (exact.validationLoss ?? 1)) < 2e-2)
    }
    let plain = try train(options)
    #expect(
      plain.course.history.epochs[5].trainingLoss != exact.course.history.epochs[5].trainingLoss)
  }

  /// Halves all rates after each epoch.
  private final class Halving: TrainingCallback {
    func epochDidEnd(_ record: EpochRecord) -> Continuation { .multiplyRates(by: 0.5) }
  }

  @Test func statesOfOtherTablesAreRefused() throws {
    let store = MemoryStore()
    var shorter = options
    shorter.factorCount = 17
    _ = try train(shorter, [], store)
    let error = #expect(throws: TrainingError.self) { try train(options, [], store) }
    #expect(error?.code == .badState)
  }

  @Test func searchesTheSameTwiceAndNeedsRatings() throws {
    let curves = try (0..<2).map { _ in
      try DotBiasTrainer(options: options).findLearningRate(on: ratings.training)
    }
    #expect(curves[0] == curves[1])
    #expect(LRSuggestions(curves[0]).valley.map { (1e-4...1).contains($0) } == true)
    let error = #expect(throws: TrainingError.self) {
      try DotBiasTrainer(options: options).findLearningRate(on: RatingProblem().table())
    }
    #expect(error?.code == .badData)
    // Where decay alone would take all away, nothing is tried.
    var decaying = options
    decaying.descent.weightDecay = 100
    let curve = try DotBiasTrainer(options: decaying).findLearningRate(on: ratings.training)
    #expect((curve.points.last?.rate ?? 1) <= 0.009)
  }
}
