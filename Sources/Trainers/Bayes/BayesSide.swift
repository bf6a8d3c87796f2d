/// The users or the items of a `bayes` training: the sampled rows, each a bias followed by factors, and the precisions
/// of their ratings.
///
/// `@unchecked Sendable`: threads write concurrently, but each to rows of its own, and all finish before anyone reads.
final class BayesSide: @unchecked Sendable {
  /// The approximate number of multiplications per step: a second's work of one core.
  private static let stepSize = 1 << 33

  let lists: RatingLists
  /// The current sample.
  let rows: FactorMatrix
  /// The conditional means of the rows when they were drawn; nil if not needed.
  let means: FactorMatrix?
  /// The precision factor of each row's ratings; see ``RatingNoise``.
  let precisions: ScratchMemory<Float>
  /// The activity of each row; see ``RatingLists/activities()``.
  let activity: [Float]
  /// The number of rows that a thread draws at a time.
  let chunkSize: Int
  /// The posterior spread of the rows' scores.
  let spread: RowSpread
  /// The effects of the set of other rows that a row has ratings with; nil if sets are not used.
  let effects: SetEffects?

  init(_ lists: RatingLists, owners: RatingLists?, factors: Int, keepsMeans: Bool) {
    self.lists = lists
    chunkSize = max(1, min(64, 4096 / factors))
    spread = RowSpread(rows: lists.rowCount, order: factors + 1)
    effects = owners.map { SetEffects(lists, owners: $0, order: factors + 1) }
    rows = FactorMatrix(rows: lists.rowCount, factors: factors + 1)
    means = keepsMeans ? FactorMatrix(rows: lists.rowCount, factors: factors + 1) : nil
    precisions = ScratchMemory(lists.rowCount, zero: 1)
    activity = lists.activities()
  }

  /// Returns the runs of rows drawn per step. A row's fixed work equals that of a third of its factors in ratings.
  func runs(factors: Int) -> [Range<Int>] {
    lists.runs(
      of: min(4_000_000, max(1, Self.stepSize / (factors * factors))), rowWeight: 1 + factors / 3)
  }

  /// Returns the sum of rows weighted by activity, and 1 plus the sum of squared activities.
  func activityProducts(_ rows: FactorMatrix) -> (products: [Double], scale: Double) {
    var (products, scale) = ([Double](repeating: 0, count: rows.factorCount), 1.0)
    for (row, activity) in activity.enumerated() {
      let numbers = rows.numbers(of: row)
      for place in products.indices { products[place] += Double(activity * numbers[place]) }
      scale += Double(activity * activity)
    }
    return (products, scale)
  }
}
