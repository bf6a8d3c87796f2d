import Interactions
import Ratings
import TensorCore

/// Half a sweep of `als`: solves rows independently against a fixed other side. Any subset of a side's rows can be
/// solved separately, with bit-identical results.
struct ALSHalf: Sendable {
  /// Rows of the other side, each a bias followed by factors. Includes at least the rows that the ratings refer to.
  let other: FactorMatrix
  let scaling: RatingScaling
  let regularization: Double
  let prior: ALSPrior
  /// The expected value of a row of activity 1: ``ALSPrior/slope(of:)``.
  let slope: [Float]

  /// Solves `rows` of `own` from their ratings in `lists`. Returns the sum of squared errors of those ratings, 0 unless
  /// `measuring`; nil if a system could not be solved.
  func solve(
    _ rows: Range<Int>, of lists: RatingLists, in own: FactorMatrix, measuring: Bool,
    _ context: ComputeContext
  ) -> Double? {
    context.solve(rows) { ALSRowSolver(lists, own, self).solve($0, measuring: measuring) }
  }
}

extension FactorMatrix {
  /// Initialises item rows for `als`: factors drawn from the seed and the ids, independent of row order, and zero
  /// biases.
  func fillALSStart(of items: IdentifierColumn, seed: UInt64, in context: ComputeContext) {
    fillNormal(seed: seed, streams: items.hashes(seed: seed), deviation: 0.1, in: context)
    for row in 0..<rowCount { numbers(of: row)[0] = 0 }
  }
}
