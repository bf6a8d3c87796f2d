import Foundation
import Interactions

/// The ratings of each row of one side: rows of the other side, and values. Shares the table's columns if they are in
/// this order.
struct RatingLists: Sendable {
  /// The start of each row's list, followed by their total length.
  let offsets: [Int]
  /// The rows of the other side, ascending within a list.
  let others: [UInt32]
  let values: [Float]

  /// Creates lists from their columns.
  init(offsets: [Int], others: [UInt32], values: [Float]) {
    (self.offsets, self.others, self.values) = (offsets, others, values)
  }

  /// Creates the lists of the users.
  init(ofUsers table: InteractionTable) {
    (offsets, others, values) = (table.userOffsets, table.items, table.values)
  }

  /// Creates the lists of the items: O(ratings), 8 bytes per rating.
  init(ofItems table: InteractionTable) {
    let lists = ItemOrientation(table)
    (offsets, others, values) = (lists.itemOffsets, lists.users, lists.values)
  }

  /// The number of rows.
  var rowCount: Int { offsets.count - 1 }

  /// Returns the positions of a row's ratings.
  func positions(of row: Int) -> Range<Int> { offsets[row]..<offsets[row + 1] }

  /// Returns the root mean square over all rows of log(1 + number of ratings), by which activities are normalised.
  func activityRoot() -> Double {
    let squares = (0..<rowCount).reduce(0.0) { sum, row in
      let logarithm = log(1 + Double(positions(of: row).count))
      return sum + logarithm * logarithm
    }
    return (squares / Double(max(1, rowCount))).squareRoot()
  }

  /// Returns the activity of a row: log(1 + `ratings`), divided by the ``activityRoot()`` of its side.
  @inline(__always)
  static func activity(ratings: Int, root: Double) -> Float {
    Float(log(1 + Double(ratings)) / root)
  }

  /// Returns the activity of each row.
  func activities() -> [Float] {
    let root = activityRoot()
    return (0..<rowCount).map { Self.activity(ratings: positions(of: $0).count, root: root) }
  }

  /// Returns for each row 1 over the square root of its number of ratings.
  func inverseRoots() -> [Float] {
    (0..<rowCount).map { 1 / Float(positions(of: $0).count).squareRoot() }
  }

  /// Returns the rows in runs of up to four million ratings and rows together, and at least about four runs. A run is
  /// solved between two checks for cancellation and two progress updates.
  func runsOfHalf() -> [Range<Int>] { runs(of: min(4_000_000, (others.count + rowCount) / 4)) }

  /// Returns the rows in runs of about `count` ratings and rows together, each row counting as `rowWeight`. The runs
  /// depend only on the ratings.
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
