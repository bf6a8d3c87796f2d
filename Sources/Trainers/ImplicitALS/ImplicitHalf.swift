import Interactions
import Ratings
import TensorCore

/// Half of a sweep of `implicit-als`: the other side as it stands, for which rows are solved, each for itself.
/// Any rows of a side may be solved anywhere, and come out the same, bit for bit.
struct ImplicitHalf: Sendable {
  /// Rows of the other side in the basis in which the Gram matrix of all of them is diagonal: at least those
  /// that there are ratings with.
  let other: FactorMatrix
  /// How many rows the other side has in all.
  let otherCount: Int
  /// That basis, in terms of the one that the other side and ours were in before.
  let basis: SymmetricEigensystem
  let weighting: ImplicitWeighting

  /// Solves `rows` of `own`, whose ratings are `lists`. Returns what those add to the error, nothing where that
  /// is not measured; nil when a system could not be solved.
  func solve(
    _ rows: Range<Int>, of lists: RatingLists, in own: FactorMatrix, measuring: Bool,
    _ context: ComputeContext
  ) -> ImplicitError? {
    context.solve(rows) { ImplicitRowSolver(lists, own, self).solve($0, measuring: measuring) }
  }
}

extension FactorMatrix {
  /// Has items be what a training of `implicit-als` starts from: numbers that follow from the seed and the ids,
  /// wherever they stand.
  func fillStart(of items: IdentifierColumn, seed: UInt64, in context: ComputeContext) {
    fillNormal(
      seed: seed, streams: items.hashes(seed: seed),
      deviation: 0.1 / Float(factorCount).squareRoot(), in: context)
  }
}
