import Foundation
import Interactions
import Learning
import Recommenders
import TestEnvironment
import Testing
import Trainers

/// Compares the trained `als` model with the objective by definition.
@Suite struct ALSTests {
  private func fit(
    _ table: InteractionTable, _ options: [String: String], seed: UInt64 = 0,
    heldOut: HeldOutRatings? = nil
  ) throws -> (tables: FactorTables, course: TrainingCourse) {
    let fitted = try ALSTrainer(reading: options).fit(
      TrainingData(training: table, heldOut: heldOut), in: TrainingContext(seed: seed))
    return (try #require(fitted.learned as? FactorTables), try #require(fitted.course))
  }

  /// One side of the objective in double precision: rows of bias and factors, and their regularisation.
  private struct Side {
    var rows: [[Double]]
    var weights: [Double]
    var activities: [Double]

    init(
      _ factors: [Float], _ biases: [Float], _ owners: [UInt32], deviation: Double, damping: Double
    ) {
      let length = biases.isEmpty ? 0 : factors.count / biases.count
      rows = biases.indices.map { row in
        [Double(biases[row]) / deviation]
          + factors[row * length..<(row + 1) * length].map { Double($0) / deviation.squareRoot() }
      }
      let counts = biases.indices.map { row in owners.count { Int($0) == row } }
      weights = counts.map { Double($0) + damping }
      let logarithms = counts.map { log(1 + Double($0)) }
      let mean = logarithms.reduce(0) { $0 + $1 * $1 } / Double(counts.count)
      activities = logarithms.map { $0 / mean.squareRoot() }
    }

    /// The slope to which the rows come closest.
    var slope: [Double] {
      let scale = zip(weights, activities).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
      return rows[0].indices.map { place in
        rows.indices.reduce(0.0) {
          $0 + weights[$1] * activities[$1] * rows[$1][place]
        } / scale
      }
    }
  }

  /// At the minimum the gradient is zero, with few factors and with more than there are items, whatever the unit of the
  /// ratings.
  @Test(arguments: [(25, 20, 0.4, 2, 1.0), (60, 50, 0.6, 5, 256.0), (30, 12, 0.7, 20, 1.0)])
  func convergesToAMinimumOfTheObjective(
    _ userCount: Int, _ itemCount: Int, _ chance: Double, _ factors: Int, _ unit: Double
  ) throws {
    var problem = RatingProblem.planted(
      users: userCount, items: itemCount, chance: chance, seed: 1)
    problem.values = problem.values.map { Float(unit) * $0 }
    let table = try problem.table()
    let (tables, course) = try fit(
      table,
      [
        "factors": "\(factors)", "sweeps": "1000", "regularization": "0.02", "user-damping": "2",
        "item-damping": "3",
      ])
    let values = table.values.map { Double($0) }
    let mean = values.reduce(0, +) / Double(values.count)
    let deviation =
      (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    let users = Side(
      tables.userFactors, tables.userBiases, table.users, deviation: deviation, damping: 2)
    let items = Side(
      tables.itemFactors, tables.itemBiases, table.items, deviation: deviation, damping: 3)
    var gradients = [users, items].map { side -> [[Double]] in
      let slope = side.slope
      return side.rows.indices.map { row in
        slope.indices.map {
          0.02 * side.weights[row] * (side.rows[row][$0] - side.activities[row] * slope[$0])
        }
      }
    }
    var error = 0.0
    for (position, value) in values.enumerated() {
      let (user, item) = (Int(table.users[position]), Int(table.items[position]))
      let (own, other) = (users.rows[user], items.rows[item])
      let score = (1...factors).reduce(own[0] + other[0]) { $0 + own[$1] * other[$1] }
      let miss = score - (value - mean) / deviation
      error += miss * miss
      gradients[0][user][0] += miss
      gradients[1][item][0] += miss
      for factor in 1...factors {
        gradients[0][user][factor] += miss * other[factor]
        gradients[1][item][factor] += miss * own[factor]
      }
    }
    let largest = gradients.joined().joined().reduce(0) { max($0, abs($1)) }
    #expect(largest < 0.01, "\(largest)")
    let measured = try #require(course.history.epochs.last?.trainingLoss)
    let expected = error / Double(values.count) * deviation * deviation
    #expect(abs(measured - expected) < 1e-3 * expected, "\(measured) for \(expected)")
    #expect(abs(Double(tables.globalMean) - mean) < 1e-4 * unit && tables.outputRange == nil)
  }

  /// The validation loss is that of the finished model, with unknown users and items counted as zero. The model finds
  /// planted tastes that biases alone miss.
  @Test func validationIsOfTheFinishedModel() throws {
    let parts = try RatingProblem.planted(users: 150, items: 60, chance: 0.12, seed: 3).table()
      .split(by: .random(share: 0.3, seed: 1))
    let (tables, course) = try fit(
      parts.training, ["factors": "3", "user-damping": "1", "item-damping": "1"],
      heldOut: parts.heldOut)
    let heldOut = parts.heldOut
    var (sum, mean) = (0.0, 0.0)
    for position in 0..<heldOut.count {
      let (user, item) = (heldOut.users[position], heldOut.items[position])
      let isKnown = (user != HeldOutRatings.unknown, item != HeldOutRatings.unknown)
      let prediction =
        switch isKnown {
        case (true, true): tables.prediction(Int(user), Int(item))
        case (true, false): tables.globalMean + tables.userBiases[Int(user)]
        case (false, true): tables.globalMean + tables.itemBiases[Int(item)]
        case (false, false): tables.globalMean
        }
      let miss = Double(prediction - heldOut.values[position])
      sum += miss * miss
      mean +=
        Double(heldOut.values[position] - tables.globalMean)
        * Double(heldOut.values[position] - tables.globalMean)
    }
    let loss = try #require(course.history.epochs.last?.validationLoss)
    #expect(abs(loss - sum / Double(heldOut.count)) < 1e-4 * loss)
    #expect(sum < 0.6 * mean, "\(sum) of \(mean)")
  }

  /// In these ratings, frequently rated items are rated higher. An item with a single middling rating gets a lower
  /// expectation.
  @Test func expectsMoreOfWhatIsRatedOften() throws {
    var problem = RatingProblem()
    for user in 0..<40 {
      for item in 0..<20 where user < 2 * item {
        problem.add(Int64(user), Int64(item), item > 10 ? 4 : 3)
      }
    }
    problem.add(39, 0, 3.5)
    let (tables, _) = try fit(problem.table(), ["factors": "2"])
    #expect(tables.itemBiases[0] < tables.itemBiases[19])
    let order = tables.itemBiases.indices.sorted { tables.itemBiases[$0] < tables.itemBiases[$1] }
    #expect(order.suffix(5).allSatisfy { $0 > 10 })
  }

  @Test func theSeedDecidesWhereItStarts() throws {
    let table = try RatingProblem.planted(users: 20, items: 15, chance: 0.5, seed: 1).table()
    let (first, _) = try fit(table, ["factors": "4", "sweeps": "3"])
    #expect(try fit(table, ["factors": "4", "sweeps": "3"]).tables.bits == first.bits)
    #expect(try fit(table, ["factors": "4", "sweeps": "3"], seed: 1).tables.bits != first.bits)
  }
}
