package import Ratings

/// What is known of items besides their ratings, as vectors of one length: features of their images, their attributes.
package struct ItemContent: Sendable, Equatable {
  /// The longest vectors: a regression's system has as many rows and columns.
  package static let widthLimit = 2048

  /// The length of a vector.
  package let width: Int
  /// The vectors one behind the other.
  package private(set) var values: [Float] = []
  private var rows: [ItemID: Int] = [:]

  /// No vectors yet, of `width` numbers. Traps unless that is from 1 to ``widthLimit``.
  package init(width: Int) {
    precondition((1...Self.widthLimit).contains(width), "vectors of \(width) numbers")
    self.width = width
  }

  /// The number of vectors.
  package var count: Int { rows.count }
  /// The items that have a vector.
  package var items: some Collection<ItemID> { rows.keys }

  /// Adds the vector of an item; false, and nothing is added, where it has one already. Traps unless it is of the
  /// ``width``.
  package mutating func add(_ item: ItemID, _ vector: some Collection<Float>) -> Bool {
    precondition(
      vector.count == width, "a vector of \(vector.count) numbers among those of \(width)")
    guard rows[item] == nil else { return false }
    rows[item] = rows.count
    values += vector
    return true
  }

  /// Where the vector of an item stands among all; nil where it has none.
  package func row(of item: ItemID) -> Int? { rows[item] }

  /// The vector in a row. Traps when there is no such row.
  package func vector(at row: Int) -> ArraySlice<Float> { values[row * width..<(row + 1) * width] }
}
