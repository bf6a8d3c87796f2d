import Interactions
import TensorCore

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

  init(_ lists: RatingLists, factors: Int, keepsMeans: Bool) {
    self.lists = lists
    rows = FactorMatrix(rows: lists.rowCount, factors: factors + 1)
    means = keepsMeans ? FactorMatrix(rows: lists.rowCount, factors: factors + 1) : nil
    precisions = ScratchMemory(lists.rowCount, zero: 1)
  }
}

/// Ratings with a mean of 0 and a deviation of 1, so that what is assumed of the rows fits any scale.
struct RatingScaling: Sendable {
  let mean: Double
  let deviation: Double

  /// That of the ratings of `table`; equal ones only lose their mean. O(ratings).
  init(_ table: InteractionTable) {
    let mean = table.meanValue()
    let squares = table.values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    let deviation = (squares / Double(max(1, table.count))).squareRoot()
    self.mean = mean
    self.deviation = deviation > 1e-12 * abs(mean) ? deviation : 1
  }

  @inline(__always)
  func scaled(_ value: Float) -> Float { Float((Double(value) - mean) / deviation) }
}
