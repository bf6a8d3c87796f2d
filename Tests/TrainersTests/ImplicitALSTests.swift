import Errors
import Foundation
import Interactions
import Learning
import Recommenders
import TestEnvironment
import Testing
import Trainers

/// Compares the trained `implicit-als` model with the objective by definition.
@Suite struct ImplicitALSTests {
  private func fit(
    _ table: InteractionTable, _ options: [String: String], seed: UInt64 = 0,
    heldOut: HeldOutRatings? = nil
  ) throws -> (tables: FactorTables, course: TrainingCourse) {
    let fitted = try ImplicitALSTrainer(reading: options).fit(
      TrainingData(training: table, heldOut: heldOut), in: TrainingContext(seed: seed))
    return (
      try #require(fitted.learned as? FactorTables), try #require(fitted.course)
    )
  }

  /// Returns the weights of all pairs by user, 0 for pairs without a rating.
  private func weights(
    _ table: InteractionTable, alpha: Double, _ weight: (Double) -> Double
  ) -> [[Double]] {
    var weights = Array(
      repeating: [Double](repeating: 0, count: table.itemCount), count: table.userCount)
    for position in 0..<table.count {
      weights[Int(table.users[position])][Int(table.items[position])] =
        alpha * weight(Double(table.values[position]))
    }
    return weights
  }

  /// Returns the objective's largest gradient element, and its error term per rating.
  private func gradient(
    _ tables: FactorTables, _ weights: [[Double]], lambda: Double
  ) -> (largest: Double, error: Double) {
    let (users, items, factors) = (tables.userCount, tables.itemCount, tables.factorCount)
    let x = tables.userFactors.map { Double($0) }
    let y = tables.itemFactors.map { Double($0) }
    var gradients = [Double](repeating: 0, count: x.count + y.count)
    var (error, ratings) = (0.0, 0.0)
    var confidences = [Double](repeating: 0, count: users + items)
    for user in 0..<users {
      for item in 0..<items {
        let weight = weights[user][item]
        let score = (0..<factors).reduce(0.0) {
          $0 + x[user * factors + $1] * y[item * factors + $1]
        }
        let miss = score - (weight > 0 ? 1 : 0)
        error += (1 + weight) * miss * miss
        ratings += weight > 0 ? 1 : 0
        confidences[user] += 1 + weight
        confidences[users + item] += 1 + weight
        for factor in 0..<factors {
          gradients[user * factors + factor] += (1 + weight) * miss * y[item * factors + factor]
          gradients[x.count + item * factors + factor] +=
            (1 + weight) * miss * x[user * factors + factor]
        }
      }
    }
    for (place, number) in (x + y).enumerated() {
      gradients[place] += lambda * confidences[place / factors] * number
    }
    return (gradients.reduce(0) { max($0, abs($1)) }, error / ratings)
  }

  /// Rows with few ratings, with many, and with more factors than a block. At the minimum the gradient is zero.
  @Test(arguments: [
    (20, 15, 0.4, 3, "equal"), (60, 50, 0.6, 5, "value"), (90, 80, 0.9, 70, "equal"),
    (90, 80, 0.9, 100, "log"), (30, 100, 0.2, 130, "equal"),
  ])
  func convergesToAMinimumOfTheObjective(
    _ users: Int, _ items: Int, _ chance: Double, _ factors: Int, _ confidence: String
  ) throws {
    let table = try RatingProblem.planted(users: users, items: items, chance: chance, seed: 1)
      .table()
    let (tables, course) = try fit(
      table,
      [
        "factors": "\(factors)", "sweeps": "300", "alpha": "3", "regularization": "0.03",
        "confidence": confidence,
      ])
    let weights = weights(table, alpha: 3) { value in
      switch confidence {
      case "value": value
      case "log": log1p(value)
      default: 1
      }
    }
    let (largest, error) = gradient(tables, weights, lambda: 0.03)
    #expect(largest < 0.02, "\(largest)")
    let measured = try #require(course.history.epochs.last?.trainingLoss)
    #expect(abs(measured - error) < 1e-3 * error, "\(measured) for \(error)")
    #expect(tables.ranking == .preference && tables.globalMean == 0)
    #expect(tables.userBiases.allSatisfy { $0 == 0 })
  }

  /// Held-out pairs count as ratings; training pairs are excluded.
  @Test func validationIsOfThePairsThatAreNotLearnedFrom() throws {
    let parts = try RatingProblem.planted(users: 30, items: 20, chance: 0.5, seed: 3).table()
      .split(by: .random(share: 0.3, seed: 1))
    let (tables, course) = try fit(
      parts.training, ["factors": "4", "alpha": "2", "regularization": "0.02"],
      heldOut: parts.heldOut)
    var kinds = Array(
      repeating: [Int](repeating: 0, count: tables.itemCount), count: tables.userCount)
    let training = parts.training
    for position in 0..<training.count {
      kinds[Int(training.users[position])][Int(training.items[position])] = 1
    }
    var sum = 0.0
    for position in 0..<parts.heldOut.count {
      let (user, item) = (parts.heldOut.users[position], parts.heldOut.items[position])
      guard user != HeldOutRatings.unknown, item != HeldOutRatings.unknown else {
        sum += 3
        continue
      }
      kinds[Int(user)][Int(item)] = 2
    }
    for user in 0..<tables.userCount {
      for item in 0..<tables.itemCount where kinds[user][item] != 1 {
        let score = Double(tables.prediction(user, item))
        sum += kinds[user][item] == 2 ? 3 * (1 - score) * (1 - score) : score * score
      }
    }
    let loss = try #require(course.history.epochs.last?.validationLoss)
    #expect(abs(loss - sum / Double(parts.heldOut.count)) < 1e-3 * loss)
  }

  /// Of two circles of users, each ranks its own circle's items first.
  @Test func ranksWhatAlikeUsersHave() throws {
    var problem = RatingProblem()
    var random = SplitMix64(seed: 2)
    for user in 0..<60 {
      for item in 0..<40 where user % 2 == item % 2 && Int.random(in: 0..<3, using: &random) > 0 {
        problem.add(Int64(user), Int64(item), 1)
      }
    }
    let table = try problem.table()
    let (tables, _) = try fit(table, ["factors": "8"])
    for user in 0..<tables.userCount {
      let scores = (0..<tables.itemCount).map { tables.prediction(user, $0) }
      let own = (0..<40).filter { $0 % 2 == user % 2 }.map { scores[$0] }
      let others = (0..<40).filter { $0 % 2 != user % 2 }.map { scores[$0] }
      #expect((own.min() ?? 0) > (others.max() ?? 1))
    }
  }

  @Test func theSeedDecidesTheStart() throws {
    let table = try RatingProblem.planted(users: 20, items: 15, chance: 0.5, seed: 1).table()
    let options = ["factors": "4", "sweeps": "2"]
    let (first, _) = try fit(table, options)
    #expect(try fit(table, options).tables.bits == first.bits)
    #expect(try fit(table, options, seed: 1).tables.bits != first.bits)
  }

  @Test func valuesBelowZeroAreNoConfidences() throws {
    var problem = RatingProblem.planted(users: 9, items: 9, chance: 0.7, seed: 1)
    problem.values[0] = -1
    let table = try problem.table()
    let error = #expect(throws: TrainingError.self) { try fit(table, ["confidence": "value"]) }
    #expect(error?.code == .badData && error?.place == "confidence")
    _ = try fit(table, ["confidence": "equal"])
    // Held-out values are learned from in the refit, so they are checked before training.
    let fine = try RatingProblem.planted(users: 9, items: 9, chance: 0.7, seed: 1).table()
    for confidence in ["value", "log"] {
      let trainer = try ImplicitALSTrainer(reading: ["confidence": confidence])
      let error = #expect(throws: TrainingError.self) {
        try trainer.fit(
          TrainingData(training: fine, summary: DataSummary(values: [1, 2, -3])),
          in: TrainingContext())
      }
      #expect(error?.code == .badData && error?.place == "confidence")
    }
  }

  @Test func keepsTheBestSweepWhereThatIsAskedFor() throws {
    let parts = try RatingProblem.planted(users: 40, items: 30, chance: 0.5, seed: 4).table()
      .split(by: .random(share: 0.3, seed: 1))
    let (_, course) = try fit(
      parts.training,
      [
        "factors": "20", "alpha": "5", "regularization": "0.0001", "sweeps": "30",
        "keep-best": "true",
      ], heldOut: parts.heldOut)
    let losses = course.history.epochs.map { $0.validationLoss ?? .nan }
    #expect(losses[course.keptEpoch - 1] == losses.min() && course.keptEpoch < 30)
  }
}
