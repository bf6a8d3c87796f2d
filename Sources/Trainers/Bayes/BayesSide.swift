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
  /// See ``RatingLists/activities()``.
  let activity: [Float]

  init(_ lists: RatingLists, factors: Int, keepsMeans: Bool) {
    self.lists = lists
    rows = FactorMatrix(rows: lists.rowCount, factors: factors + 1)
    means = keepsMeans ? FactorMatrix(rows: lists.rowCount, factors: factors + 1) : nil
    precisions = ScratchMemory(lists.rowCount, zero: 1)
    activity = lists.activities()
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
