import ModelRegistry

/// A list of item rows for each of many owners in a mapped file, concatenated, with offsets. Used for the items that
/// each user has rated, and for the items that have an attribute.
///
/// The file is not trusted: whatever leads out of bounds is ignored when used.
struct RowLists: Sendable {
  private let offsets: TensorColumn<UInt64>
  private let rows: TensorColumn<UInt32>
  private let names: (offsets: String, rows: String)
  private let itemCount: Int

  /// Reads the lists of `count` owners from two tensors of a file.
  init(
    _ reader: TensorReader, offsets: String, rows: String, count: Int, itemCount: Int
  ) throws(ModelFileError) {
    names = (offsets, rows)
    self.offsets = try reader.column(offsets, [count + 1])
    self.rows = try reader.column(rows)
    self.itemCount = itemCount
  }

  /// The total number of rows.
  var totalCount: Int { rows.count }

  /// Returns the range of the list at `position`. Traps if there is no such list.
  func range(at position: Int) -> Range<Int> {
    let total = UInt64(rows.count)
    let end = min(offsets[position + 1], total)
    return Int(min(offsets[position], end))..<Int(end)
  }

  /// Calls `body` with the list at `position`: rows of existing items, ascending. Traps if there is no such list.
  ///
  /// O(rows passed), as they are checked first because the file may be hostile. Rows that do not exist are left out;
  /// in such a file the rows may be out of order.
  func withRows<Result, Failure: Error>(
    at position: Int, _ body: (UnsafeBufferPointer<UInt32>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try rows.withElements(in: range(at: position)) { (rows) throws(Failure) in
      let limit = UInt32(itemCount)
      var highest: UInt32 = 0
      for row in rows { highest = max(highest, row) }
      if highest < limit || rows.isEmpty { return try body(rows) }
      return try rows.filter { $0 < limit }.withUnsafeBufferPointer(body)
    }
  }

  /// Calls `body` with the rows of all lists, as in the file; ``range(at:)`` gives the range of each list.
  func withAllRows<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt32>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try rows.withElements(body)
  }

  /// Checks that the lists are contiguous, and that each has ascending rows of existing items.
  func verify(place: String) throws(ModelFileError) {
    let total = UInt64(rows.count)
    let last = offsets.count - 1
    guard offsets[0] == 0, offsets[last] == total else {
      throw .badContents(
        "\(names.offsets) do not run from 0 to the \(total) rows of \(names.rows)", place: place)
    }
    try rows.withElements { (rows) throws(ModelFileError) in
      for owner in 0..<last {
        let (start, end) = (offsets[owner], offsets[owner + 1])
        guard start <= end, end <= total else {
          throw .badContents(
            "row \(owner + 1) of \(names.offsets) is \(end), not from \(start) to \(total)",
            place: place)
        }
        var next: UInt32 = 0  // the lowest row that may follow
        for position in Int(start)..<Int(end) {
          guard rows[position] >= next, rows[position] < UInt32(itemCount) else {
            throw .badContents(
              "row \(position) of \(names.rows) is \(rows[position]), out of order or not an item",
              place: place)
          }
          next = rows[position] + 1
        }
      }
    }
  }
}
