import Foundation
import Interactions
import Learning
import Ratings
import Recommenders
import TestEnvironment
import Testing
import Trainers

/// Small synthetic training data.
struct RatingProblem {
  var users: [Int64] = []
  var items: [Int64] = []
  var values: [Float] = []

  /// Returns ratings of 0.5 to 5 that follow planted tastes; each pair is rated with the given probability.
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

  /// Returns the ratings as a data set.
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

/// Returns whether two lists agree element by element within `tolerance`.
func agree(_ found: [Float], _ expected: [Float], within tolerance: Float) -> Bool {
  found.count == expected.count
    && zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance }
}

extension FactorTables {
  /// The bit patterns of all numbers, for exact comparison of two trainings.
  var bits: [UInt32] {
    (userFactors + itemFactors + userBiases + itemBiases).map(\.bitPattern)
  }

  /// Returns the prediction for a user and an item by definition.
  func prediction(_ user: Int, _ item: Int) -> Float {
    var score = globalMean + userBiases[user] + itemBiases[item]
    for factor in 0..<factorCount {
      score += userFactors[user * factorCount + factor] * itemFactors[item * factorCount + factor]
    }
    return outputRange?.sigmoid(score) ?? score
  }
}

extension PredictionRange {
  /// The range for half stars up to five.
  static let stars = PredictionRange("0..5.5") ?? .unbounded
}

extension TrainingContext {
  /// Creates a context without checkpoints.
  init(_ callbacks: [any TrainingCallback], order: SampleOrder? = nil) {
    self.init(order: order, callbacks: callbacks)
  }
}

extension DescentTrainer {
  /// Trains on an unsplit table.
  func train(
    on training: InteractionTable, heldOut: HeldOutRatings? = nil,
    in context: TrainingContext = TrainingContext(), start: Start? = nil
  ) throws(TrainingError) -> (tables: Tables, course: TrainingCourse) {
    try train(TrainingData(training: training, heldOut: heldOut), in: context, start: start)
  }
}

extension GradientTrainer {
  /// Searches on an unsplit table.
  func findLearningRate(on training: InteractionTable) throws(TrainingError) -> LRCurve {
    try findLearningRate(on: TrainingData(training: training), in: TrainingContext())
  }
}

extension InteractionTable {
  /// Returns the ratings of the MovieLens data set in `folder`.
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
