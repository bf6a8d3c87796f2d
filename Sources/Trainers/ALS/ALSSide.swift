import TensorCore

/// The users or the items of an `als` training.
///
/// `@unchecked Sendable`: threads write concurrently, but each to rows of its own, and all finish before anyone reads.
/// Nothing else changes in the meantime.
final class ALSSide: @unchecked Sendable {
  let lists: RatingLists
  /// The rows, each a bias followed by factors.
  let rows: FactorMatrix
  let prior: ALSPrior
  /// The slope; see ``ALSPrior/slope(of:)``.
  var slope: [Float]

  /// Creates a side with zero rows.
  init(_ lists: RatingLists, factors: Int, damping: Double) {
    self.lists = lists
    rows = FactorMatrix(rows: lists.rowCount, factors: factors + 1)
    prior = ALSPrior(damping: damping, root: lists.activityRoot())
    slope = [Float](repeating: 0, count: rows.vectorCount * 16)
  }

  /// Fits the slope to the current rows. O(rows x factors).
  func solveSlope(in context: ComputeContext) {
    slope = ALSPrior.slope(
      of: prior.slopeSums(
        of: rows, ratings: { [lists] in lists.positions(of: $0).count }, in: context))
  }
}
