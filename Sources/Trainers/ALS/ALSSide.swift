import TensorCore

/// The users of an `als` training, or the items.
///
/// `@unchecked Sendable`: several threads write to its rows at a time, each to rows of its own, and all are
/// done before anybody reads them; nothing else changes meanwhile.
final class ALSSide: @unchecked Sendable {
  let lists: RatingLists
  /// A row's bias before its factors.
  let rows: FactorMatrix
  let prior: ALSPrior
  /// See ``ALSPrior/slope(of:)``.
  var slope: [Float]

  /// Rows of zeros.
  init(_ lists: RatingLists, factors: Int, damping: Double) {
    self.lists = lists
    rows = FactorMatrix(rows: lists.rowCount, factors: factors + 1)
    prior = ALSPrior(damping: damping, root: lists.activityRoot())
    slope = [Float](repeating: 0, count: rows.vectorCount * 16)
  }

  /// Solves the slope for the rows as they stand. O(rows x factors).
  func solveSlope(in context: ComputeContext) {
    slope = ALSPrior.slope(
      of: prior.slopeSums(
        of: rows, ratings: { [lists] in lists.positions(of: $0).count }, in: context))
  }
}
