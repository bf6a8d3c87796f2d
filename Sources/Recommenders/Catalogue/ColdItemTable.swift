import ModelRegistry
import Ratings

/// The cold items of a model, in memory: items without ratings in training, known only by their content, with the
/// items most similar to them in content.
package struct ColdItemContents: Sendable, Equatable {
  /// The rows of the cold items, ascending.
  package let rows: [UInt32]
  /// The start of each item's neighbours, plus the total as the last element.
  package let offsets: [UInt64]
  /// The rows of the neighbours, ascending within each item.
  package let neighbours: [UInt32]
  /// The similarity of each neighbour: above 0 and at most 1.
  package let similarities: [Float]

  /// Creates the contents. Traps unless the lengths of the arrays match.
  package init(rows: [UInt32], offsets: [UInt64], neighbours: [UInt32], similarities: [Float]) {
    precondition(offsets.count == rows.count + 1 && neighbours.count == similarities.count)
    self.rows = rows
    self.offsets = offsets
    self.neighbours = neighbours
    self.similarities = similarities
  }

  /// The tensors in the file; empty if there are no cold items.
  var tensors: [OutgoingTensor] {
    guard !rows.isEmpty else { return [] }
    return [
      OutgoingTensor("cold_items", rows), OutgoingTensor("cold_neighbour_offsets", offsets),
      OutgoingTensor("cold_neighbours", neighbours),
      OutgoingTensor("cold_similarities", similarities),
    ]
  }
}

/// The ``ColdItemContents`` of a mapped file.
struct ColdItemTable: Sendable {
  /// The names of its tensors. A file contains all or none of them.
  static let tensors = [
    "cold_items", "cold_neighbour_offsets", "cold_neighbours", "cold_similarities",
  ]

  private let rows: TensorColumn<UInt32>
  private let neighbours: RowLists
  private let similarities: TensorColumn<Float>
  private let itemCount: Int

  /// Reads the cold items from a file. Nil if the file has none.
  init?(_ reader: TensorReader, itemCount: Int) throws(ModelFileError) {
    guard Self.tensors.contains(where: reader.has) else { return nil }
    rows = try reader.column("cold_items")
    neighbours = try RowLists(
      reader, offsets: "cold_neighbour_offsets", rows: "cold_neighbours", count: rows.count,
      itemCount: itemCount)
    similarities = try reader.column("cold_similarities", [neighbours.totalCount])
    self.itemCount = itemCount
  }

  /// The number of cold items.
  var count: Int { rows.count }

  /// Returns the position of an item among the cold items, or nil if it is not one. O(log items).
  func position(of item: ItemIndex) -> Int? {
    rows.withElements { rows in
      var (low, high) = (0, rows.count)
      while low < high {
        let middle = (low + high) / 2
        if rows[middle] < item.rawValue { low = middle + 1 } else { high = middle }
      }
      return low < rows.count && rows[low] == item.rawValue ? low : nil
    }
  }

  /// Returns the items most similar in content to the item at `position`.
  func neighbours(at position: Int) -> [ScoredItem] {
    neighbours.withAllRows { rows in
      neighbours.range(at: position).filter { Int(rows[$0]) < itemCount }.map {
        ScoredItem(item: ItemIndex(rows[$0]), score: similarities[$0])
      }
    }
  }

  /// Returns the cold items that have `item` among their neighbours. O(all neighbours).
  func items(near item: ItemIndex) -> [ScoredItem] {
    neighbours.withAllRows { rows in
      (0..<count).compactMap { position in
        neighbours.range(at: position).first { rows[$0] == item.rawValue }.flatMap {
          Int(self.rows[position]) < itemCount
            ? ScoredItem(item: ItemIndex(self.rows[position]), score: similarities[$0]) : nil
        }
      }
    }
  }

  /// Calls `body` with the rows of the items, ascending; in a hostile file they may be anything.
  func withRows<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt32>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try rows.withElements(body)
  }

  /// Checks that rows are item rows in ascending order, and that similarities are above 0 and at most 1.
  func verify(place: String) throws(ModelFileError) {
    try rows.withElements { (rows) throws(ModelFileError) in
      var next: UInt32 = 0
      for (position, row) in rows.enumerated() {
        guard row >= next, Int(row) < itemCount else {
          throw .badContents(
            "row \(position) of cold_items is \(row), out of order or not an item", place: place)
        }
        next = row + 1
      }
    }
    try neighbours.verify(place: place)
    if let flaw = similarities.withElements({ $0.firstIndex { !($0 > 0 && $0 <= 1) } }) {
      throw .badContents(
        "row \(flaw) of cold_similarities is \(similarities[flaw]), not from 0 to 1", place: place)
    }
  }
}
