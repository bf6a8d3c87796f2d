/// The users of a `bayes` training, or the items: what is drawn of each row, its bias before its factors,
/// and how precisely its ratings follow from it.
///
/// `@unchecked Sendable`: several threads write to it at a time, each to rows of its own, and all are done
/// before anybody reads them.
final class BayesSide: @unchecked Sendable {
  /// The products that a step takes, about: a second's work of a core.
  private static let stepSize = 1 << 33

  let lists: RatingLists
  /// The sample.
  let rows: FactorMatrix
  /// What the rows were expected to be when they were drawn; nil where nobody asks.
  let means: FactorMatrix?
  /// See ``RatingNoise``.
  let precisions: ScratchMemory<Float>
  /// See ``RatingLists/activities()``.
  let activity: [Float]
  /// The rows that a thread draws at a time.
  let chunkSize: Int
  /// What is left open by the samples.
  let spread: RowSpread
  /// What those say of a row that it has ratings with; nil where that does not count.
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

  /// The rows that are drawn in a step. A row takes as much work as a third of its factors in ratings.
  func runs(factors: Int) -> [Range<Int>] {
    lists.runs(
      of: min(4_000_000, max(1, Self.stepSize / (factors * factors))), rowWeight: 1 + factors / 3)
  }

  /// The sum of rows, each times its activity, and 1 + the sum of the activities' squares.
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
