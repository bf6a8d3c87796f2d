import Foundation
import Interactions

/// For each row of one side, the rows of the other side that it has ratings with, and their values.
/// Shares the table's columns where they are in this order.
struct RatingLists: Sendable {
  /// Where each row's list begins, and at last their total.
  let offsets: [Int]
  /// The rows of the other side, ascending in each list.
  let others: [UInt32]
  let values: [Float]

  /// Lists that are known.
  init(offsets: [Int], others: [UInt32], values: [Float]) {
    (self.offsets, self.others, self.values) = (offsets, others, values)
  }

  /// The lists of the users.
  init(ofUsers table: InteractionTable) {
    (offsets, others, values) = (table.userOffsets, table.items, table.values)
  }

  /// The lists of the items: O(ratings), 8 bytes a rating.
  init(ofItems table: InteractionTable) {
    let lists = ItemOrientation(table)
    (offsets, others, values) = (lists.itemOffsets, lists.users, lists.values)
  }

  /// The number of rows.
  var rowCount: Int { offsets.count - 1 }

  /// The positions of a row's ratings.
  func positions(of row: Int) -> Range<Int> { offsets[row]..<offsets[row + 1] }

  /// How active the rows are: the root mean square over all of them of the logarithm of 1 and the number of their
  /// ratings.
  func activityRoot() -> Double {
    let squares = (0..<rowCount).reduce(0.0) { sum, row in
      let logarithm = log(1 + Double(positions(of: row).count))
      return sum + logarithm * logarithm
    }
    return (squares / Double(max(1, rowCount))).squareRoot()
  }

  /// How active a row of so many ratings is among others: the logarithm of 1 and their number, over the `root` of
  /// the side, ``activityRoot()``.
  @inline(__always)
  static func activity(ratings: Int, root: Double) -> Float {
    Float(log(1 + Double(ratings)) / root)
  }

  /// The activity of each row.
  func activities() -> [Float] {
    let root = activityRoot()
    return (0..<rowCount).map { Self.activity(ratings: positions(of: $0).count, root: root) }
  }

  /// For each row 1 over the root of its number of ratings.
  func inverseRoots() -> [Float] {
    (0..<rowCount).map { 1 / Float(positions(of: $0).count).squareRoot() }
  }

  /// The rows in runs of up to four million ratings and rows together, and at least some four: what is solved for
  /// between two looks at whether to stop, and two drawings of progress.
  func runsOfHalf() -> [Range<Int>] { runs(of: min(4_000_000, (others.count + rowCount) / 4)) }

  /// The rows in runs of about `count` ratings and rows together, a row counting as `rowWeight`, which follow
  /// from the ratings alone.
  func runs(of count: Int, rowWeight: Int = 1) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var start = 0
    for row in 0..<rowCount
    where row + 1 == rowCount
      || offsets[row + 1] - offsets[start] + rowWeight * (row + 1 - start) >= count
    {
      runs.append(start..<row + 1)
      start = row + 1
    }
    return runs
  }
}
