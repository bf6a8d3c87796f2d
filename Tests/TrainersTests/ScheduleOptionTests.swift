import Errors
import Learning
import TestEnvironment
import Testing
import Trainers

/// Tests `schedule`, an option of every trainer with a learning rate.
@Suite struct ScheduleOptionTests {
  /// Records the rate of each step.
  private final class Rates: TrainingCallback {
    var rates: [Double] = []
    func stepDidEnd(_ progress: TrainingProgress) {
      rates.append(progress.result.gradientStep?.rate ?? .nan)
    }
  }

  @Test(arguments: ScheduleKind.all.map(\.name)) func decidesTheRates(_ name: String) throws {
    let data = try TrainingData(
      training: RatingProblem.planted(users: 30, items: 30, chance: 0.4, seed: 5).table())
    let trainer = try DotBiasTrainer(
      reading: ["schedule": name, "epochs": "3", "factors": "4", "learning-rate": "0.01"])
    let recorded = Rates()
    _ = try trainer.fit(data, in: TrainingContext(callbacks: [recorded]))
    let schedule = try #require(ScheduleKind(named: name)).schedule(epochCount: 3)
    let count = recorded.rates.count
    #expect(count > 3)
    for (step, rate) in recorded.rates.enumerated() {
      let expected = 0.01 * schedule.rateFactor(at: Double(step) / Double(count))
      #expect(abs(rate - expected) < 1e-12, "step \(step)")
    }
  }

  /// Records and checkpoints of versions without the option still match the same training.
  @Test func oneCycleIsNotRecorded() throws {
    #expect(try DotBiasTrainer(reading: [:]).record["schedule"] == nil)
    #expect(try DotBiasTrainer(reading: ["schedule": "one-cycle"]).record["schedule"] == nil)
    #expect(try EmbeddingMLPTrainer(reading: ["schedule": "cosine"]).record["schedule"] == "cosine")
  }

  @Test func unknownSchedulesAreRefused() {
    let error = #expect(throws: TrainingError.self) {
      try DotBiasTrainer(reading: ["schedule": "step"])
    }
    #expect(error?.code == .badOption && error?.place == "schedule")
    #expect(error?.problem.contains("one-cycle, flat-cosine, cosine") == true)
  }
}
