import Interactions
import Learning
import Recommenders
import Testing
import Trainers

/// Tests what is specific to the state of a `dot-bias` training. See ``ResumableTrainerTests`` for the rest.
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
  }

  private func train(
    _ options: DotBiasOptions, _ callbacks: [any TrainingCallback] = []
  ) throws -> (tables: FactorTables, course: TrainingCourse) {
    try DotBiasTrainer(options: options).train(
      on: ratings.training, heldOut: ratings.heldOut,
      in: TrainingContext(callbacks: callbacks))
  }

  /// Rows that missed steps before and after a change of rates catch up with both.
  @Test func loweredRatesReachUntouchedRows() throws {
    var options = options
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

  @Test func whereDecayAloneWouldTakeAllAwayNothingIsTried() throws {
    var decaying = options
    decaying.descent.weightDecay = 100
    let curve = try DotBiasTrainer(options: decaying).findLearningRate(on: ratings.training)
    #expect((curve.points.last?.rate ?? 1) <= 0.009)
  }
}
