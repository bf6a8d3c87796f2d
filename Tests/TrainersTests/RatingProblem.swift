import Foundation
import Interactions
import Learning
import Ratings
import Recommenders
import TestEnvironment
import Testing
import Trainers

/// Small made-up training data.
struct RatingProblem {
  var users: [Int64] = []
  var items: [Int64] = []
  var values: [Float] = []

  /// Ratings of 0.5 to 5 that follow planted tastes, each pair with the given chance.
  static func planted(users: Int, items: Int, chance: Double, seed: UInt64) -> RatingProblem {
    var generator = SplitMix64(seed: seed)
    var problem = RatingProblem()
    let tastes = (0..<users).map { _ in Double.random(in: -1...1, using: &generator) }
    let kinds = (0..<items).map { _ in Double.random(in: -1...1, using: &generator) }
    for user in 0..<users {
      for item in 0..<items where Double.random(in: 0..<1, using: &generator) < chance {
        let noise = Double.random(in: -0.3...0.3, using: &generator)
        let stars = 3 + 2 * tastes[user] * kinds[item] + noise
        problem.add(Int64(user), Int64(item), Float((stars * 2).rounded() / 2))
      }
    }
    return problem
  }

  mutating func add(_ user: Int64, _ item: Int64, _ value: Float) {
    users.append(user)
    items.append(item)
    values.append(value)
  }

  /// The ratings as a data set.
  func table() throws -> InteractionTable {
    var batch = RatingBatch(userType: .integer, itemType: .integer)
    for (position, value) in values.enumerated() {
      batch.append(
        Rating(user: UserID(users[position]), item: ItemID(items[position]), value: value))
    }
    var builder = InteractionTableBuilder()
    try builder.append(batch)
    return builder.finish()
  }
}

/// Whether two lists agree within `tolerance`, number by number.
func agree(_ found: [Float], _ expected: [Float], within tolerance: Float) -> Bool {
  found.count == expected.count
    && zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance }
}

extension FactorTables {
  /// All numbers, as bits: for comparing two trainings exactly.
  var bits: [UInt32] {
    (userFactors + itemFactors + userBiases + itemBiases).map(\.bitPattern)
  }

  /// The prediction for a user and an item, as the form's definition reads.
  func prediction(_ user: Int, _ item: Int) -> Float {
    var score = globalMean + userBiases[user] + itemBiases[item]
    for factor in 0..<factorCount {
      score += userFactors[user * factorCount + factor] * itemFactors[item * factorCount + factor]
    }
    return outputRange?.sigmoid(score) ?? score
  }
}

extension PredictionRange {
  /// That of half stars up to five.
  static let stars = PredictionRange("0..5.5") ?? .unbounded
}

extension TrainingContext {
  /// One that keeps no checkpoints.
  init(_ callbacks: [any TrainingCallback], order: SampleOrder? = nil) {
    self.init(order: order, callbacks: callbacks)
  }
}

extension DescentTrainer {
  /// Trains on a table as it is.
  func train(
    on training: InteractionTable, heldOut: HeldOutRatings? = nil,
    in context: TrainingContext = TrainingContext(), start: Start? = nil
  ) throws(TrainingError) -> (tables: Tables, course: TrainingCourse) {
    try train(TrainingData(training: training, heldOut: heldOut), in: context, start: start)
  }
}

extension GradientTrainer {
  /// Searches on a table as it is.
  func findLearningRate(on training: InteractionTable) throws(TrainingError) -> LRCurve {
    try findLearningRate(on: TrainingData(training: training), in: TrainingContext())
  }
}

extension InteractionTable {
  /// The ratings of a set of MovieLens in `folder`.
  static func movieLens(_ folder: String) throws -> InteractionTable {
    let text = try String(contentsOfFile: folder + "/ratings.csv", encoding: .utf8)
    var problem = RatingProblem()
    for line in text.split(whereSeparator: \.isNewline).dropFirst() {
      let fields = line.split(separator: ",")
      let user = try #require(Int64(fields[0]))
      let item = try #require(Int64(fields[1]))
      problem.add(user, item, try #require(Float(fields[2])))
    }
    return try problem.table()
  }
}
