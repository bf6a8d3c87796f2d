import ModelRegistry

/// A list of rows of items for each of many owners, in a mapped file: the lists one behind the other,
/// and where each begins and ends. The items that each user has rated, or that have an attribute.
///
/// The file's contents are not trusted: what leads outside is left out when it is used.
struct RowLists: Sendable {
  private let offsets: TensorColumn<UInt64>
  private let rows: TensorColumn<UInt32>
  private let names: (offsets: String, rows: String)
  private let itemCount: Int

  /// Takes the lists of `count` owners out of two tensors of a file.
  init(
    _ reader: TensorReader, offsets: String, rows: String, count: Int, itemCount: Int
  ) throws(ModelFileError) {
    names = (offsets, rows)
    self.offsets = try reader.column(offsets, [count + 1])
    self.rows = try reader.column(rows)
    self.itemCount = itemCount
  }

  /// The number of rows in all lists.
  var totalCount: Int { rows.count }

  /// Where the list at `position` stands. Traps when there is no such list.
  func range(at position: Int) -> Range<Int> {
    let total = UInt64(rows.count)
    let end = min(offsets[position + 1], total)
    return Int(min(offsets[position], end))..<Int(end)
  }

  /// Lends the list at `position`: rows of items that there are, ascending. Traps when there is no such
  /// list.
  ///
  /// O(rows lent): they are looked through before they are lent, since they may come from a hostile
  /// file; rows that are not there are left out, and in such a file they may be out of order.
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

  /// Lends the rows of all lists, as they stand in the file; ``range(at:)`` says where each list is.
  func withAllRows<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt32>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try rows.withElements(body)
  }

  /// Checks that the lists follow each other, and that their rows ascend and are of items.
  func verify(place: String) throws(ModelFileError) {
    let total = UInt64(rows.count)
    let last = offsets.count - 1
    guard offsets[0] == 0, offsets[last] == total else {
      throw .badContents(
        "\(names.offsets) do not lead from 0 to the \(total) rows of \(names.rows)", place: place)
    }
    try rows.withElements { (rows) throws(ModelFileError) in
      for owner in 0..<last {
        let (start, end) = (offsets[owner], offsets[owner + 1])
        guard start <= end, end <= total else {
          throw .badContents(
            "row \(owner + 1) of \(names.offsets) is \(end), behind \(start) of \(total)",
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
