import Foundation
import Interactions

/// The users of a `bayes` training, or the items: what is drawn of each row, its bias before its factors,
/// and how precisely its ratings follow from it.
///
/// `@unchecked Sendable`: several threads write to it at a time, each to rows of its own, and all are done
/// before anybody reads them.
final class BayesSide: @unchecked Sendable {
  let lists: RatingLists
  /// The sample.
  let rows: FactorMatrix
  /// What the rows were expected to be when they were drawn; nil where nobody asks.
  let means: FactorMatrix?
  /// See ``RatingNoise``.
  let precisions: ScratchMemory<Float>
  /// How many ratings each row has: the logarithm of 1 and their number, over its root mean square.
  let activity: [Float]

  init(_ lists: RatingLists, factors: Int, keepsMeans: Bool) {
    self.lists = lists
    rows = FactorMatrix(rows: lists.rowCount, factors: factors + 1)
    means = keepsMeans ? FactorMatrix(rows: lists.rowCount, factors: factors + 1) : nil
    precisions = ScratchMemory(lists.rowCount, zero: 1)
    let logarithms = (0..<lists.rowCount).map { log(1 + Double(lists.positions(of: $0).count)) }
    let mean = logarithms.reduce(0) { $0 + $1 * $1 } / Double(max(1, lists.rowCount))
    activity = logarithms.map { Float($0 / mean.squareRoot()) }
  }

  /// The sum of the rows, each times its activity, and 1 + the sum of the activities' squares.
  func activityProducts() -> (products: [Double], scale: Double) {
    var (products, scale) = ([Double](repeating: 0, count: rows.factorCount), 1.0)
    for (row, activity) in activity.enumerated() {
      let numbers = rows.numbers(of: row)
      for place in products.indices { products[place] += Double(activity * numbers[place]) }
      scale += Double(activity * activity)
    }
    return (products, scale)
  }
}

/// Ratings with a mean of 0 and a deviation of 1, so that what is assumed of the rows fits any scale.
struct RatingScaling: Sendable {
  let mean: Double
  let deviation: Double
  private let inverse: Double

  /// That of the ratings of `table`; equal ones only lose their mean. O(ratings).
  init(_ table: InteractionTable) {
    let mean = table.meanValue()
    let squares = table.values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    let deviation = (squares / Double(max(1, table.count))).squareRoot()
    self.mean = mean
    self.deviation = deviation > 1e-12 * abs(mean) ? deviation : 1
    inverse = 1 / self.deviation
  }

  @inline(__always)
  func scaled(_ value: Float) -> Float { Float((Double(value) - mean) * inverse) }
}
