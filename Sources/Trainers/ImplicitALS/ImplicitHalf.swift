import Interactions
import Ratings
import TensorCore

/// Half a sweep of `implicit-als`: solves rows independently against a fixed other side. Any subset of a side's rows
/// can be solved separately, with bit-identical results.
struct ImplicitHalf: Sendable {
  /// Rows of the other side, in the eigenbasis of the Gram matrix of all of them. Includes at least the rows that the
  /// ratings refer to.
  let other: FactorMatrix
  /// The total number of rows of the other side.
  let otherCount: Int
  /// That eigenbasis, expressed in the basis that both sides were in before.
  let basis: SymmetricEigensystem
  let weighting: ImplicitWeighting

  /// Solves `rows` of `own` from their ratings in `lists`. Returns the contribution of those ratings to the error, zero
  /// unless `measuring`; nil if a system could not be solved.
  func solve(
    _ rows: Range<Int>, of lists: RatingLists, in own: FactorMatrix, measuring: Bool,
    _ context: ComputeContext
  ) -> ImplicitError? {
    context.solve(rows) { ImplicitRowSolver(lists, own, self).solve($0, measuring: measuring) }
  }
}

extension FactorMatrix {
  /// Initialises item rows for `implicit-als`, from the seed and the ids, independent of row order.
  func fillStart(of items: IdentifierColumn, seed: UInt64, in context: ComputeContext) {
    fillNormal(
      seed: seed, streams: items.hashes(seed: seed),
      deviation: 0.1 / Float(factorCount).squareRoot(), in: context)
  }
}
