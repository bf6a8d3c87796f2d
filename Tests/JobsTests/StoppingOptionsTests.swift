import Errors
import Interactions
import Learning
import Ratings
import Recommenders
import Testing
import Trainers

/// Tests early stopping and keeping the best epoch with a trainer that has no learning rate.
@Suite struct StoppingOptionsTests {
  /// Returns ratings of one item, whose mean is approached from 0. It is 3 in the training set and 1.5 in the held-out
  /// set, so the first sweep is the best.
  private func ratings() throws -> SplitRatings {
    let split = Split.random(share: 0.5, seed: 1)
    func table(_ value: (UserID) -> Float) throws -> InteractionTable {
      var batch = RatingBatch(userType: .integer, itemType: .integer)
      for user in 0..<20 {
        let user = UserID(Int64(user))
        batch.append(Rating(user: user, item: ItemID(1), value: value(user)))
      }
      var builder = InteractionTableBuilder()
      try builder.append(batch)
      return builder.finish()
    }
    let training = try table { _ in 0 }.split(by: split).training
    let known = Set((0..<training.userCount).map { training.identifier(of: UserIndex($0)) })
    return try table { known.contains($0) ? 3 : 1.5 }.split(by: split)
  }

  private func fit(_ options: [String: String]) throws -> FittedModel {
    let ratings = try ratings()
    return try ItemMeans(reading: options).fit(
      TrainingData(training: ratings.training, heldOut: ratings.heldOut), in: TrainingContext())
  }

  private func mean(_ fitted: FittedModel) throws -> Float {
    try #require(fitted.learned as? FactorTables).itemBiases[0]
  }

  @Test func trainingEndsWhenNothingGetsBetterAndTheBestIsKept() throws {
    let whole = try fit(["sweeps": "6"])
    #expect(whole.course?.history.epochs.count == 6 && whole.course?.keptEpoch == 6)
    #expect(whole.course?.bestEpoch == nil)
    let stopped = try fit(["sweeps": "6", "early-stop": "2"])
    #expect(stopped.course?.history.epochs.count == 3 && stopped.course?.keptEpoch == 3)
    #expect(stopped.course?.bestEpoch == 1)
    #expect(try abs(mean(stopped) - 2.625) < 1e-5)
    let best = try fit(["sweeps": "6", "early-stop": "2", "keep-best": "true"])
    #expect(best.course?.keptEpoch == 1 && best.course?.bestEpoch == 1)
    #expect(try abs(mean(best) - 1.5) < 1e-5)
  }

  @Test func withoutHeldOutRatingsThereIsNothingToGoBy() throws {
    let training = try ratings().training
    let error = #expect(throws: TrainingError.self) {
      try ItemMeans(reading: ["early-stop": "2"]).fit(
        TrainingData(training: training), in: TrainingContext())
    }
    #expect(error?.code == .badOption)
  }
}
