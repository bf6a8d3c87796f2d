/// Rows in ascending order, to be left out of an answer.
struct SortedRows {
  private let rows: [UInt32]

  /// `rows` in any order; those that are sorted already are only looked through.
  init(_ rows: [UInt32]) {
    let isSorted = rows.indices.dropFirst().allSatisfy { rows[$0 - 1] <= rows[$0] }
    self.rows = isSorted ? rows : rows.sorted()
  }

  /// Whether `row` is among them: O(log n).
  func contains(_ row: UInt32) -> Bool {
    var (low, high) = (0, rows.count)
    while low < high {
      let middle = (low + high) / 2
      if rows[middle] < row { low = middle + 1 } else { high = middle }
    }
    return low < rows.count && rows[low] == row
  }
}
