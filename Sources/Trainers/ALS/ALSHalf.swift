import Interactions
import Ratings
import TensorCore

/// Half of a sweep of `als`: the other side as it stands, for which rows are solved, each for itself. Any rows of a
/// side may be solved anywhere, and come out the same, bit for bit.
struct ALSHalf: Sendable {
  /// Rows of the other side, a bias before its factors: at least those that there are ratings with.
  let other: FactorMatrix
  let scaling: RatingScaling
  let regularization: Double
  let prior: ALSPrior
  /// What is expected of a row of activity 1: ``ALSPrior/slope(of:)``.
  let slope: [Float]

  /// Solves `rows` of `own`, whose ratings are `lists`. Returns the sum of the squared errors of those, 0 where that
  /// is not measured; nil when a system could not be solved.
  func solve(
    _ rows: Range<Int>, of lists: RatingLists, in own: FactorMatrix, measuring: Bool,
    _ context: ComputeContext
  ) -> Double? {
    context.solve(rows) { ALSRowSolver(lists, own, self).solve($0, measuring: measuring) }
  }
}

extension FactorMatrix {
  /// Has items be what a training of `als` starts from: factors that follow from the seed and the ids, wherever they
  /// stand, and biases of 0.
  func fillALSStart(of items: IdentifierColumn, seed: UInt64, in context: ComputeContext) {
    fillNormal(seed: seed, streams: items.hashes(seed: seed), deviation: 0.1, in: context)
    for row in 0..<rowCount { numbers(of: row)[0] = 0 }
  }
}
