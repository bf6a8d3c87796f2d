package import Ratings

/// The content of items as vectors of equal length, such as image features or attributes.
package struct ItemContent: Sendable, Equatable {
  /// The maximum vector length: the system of a regression has as many rows and columns.
  package static let widthLimit = 2048

  /// The length of a vector.
  package let width: Int
  /// The concatenated vectors.
  package private(set) var values: [Float] = []
  private var rows: [ItemID: Int] = [:]

  /// Creates a collection without vectors, for vectors of `width` numbers. Traps unless `width` is from 1 to
  /// ``widthLimit``.
  package init(width: Int) {
    precondition((1...Self.widthLimit).contains(width), "vectors of \(width) numbers")
    self.width = width
  }

  /// The number of vectors.
  package var count: Int { rows.count }
  /// The items that have a vector.
  package var items: some Collection<ItemID> { rows.keys }

  /// Adds the vector of an item. Returns false, without adding it, if the item already has one. Traps unless its length
  /// is ``width``.
  package mutating func add(_ item: ItemID, _ vector: some Collection<Float>) -> Bool {
    precondition(
      vector.count == width, "a vector of \(vector.count) numbers among those of \(width)")
    guard rows[item] == nil else { return false }
    rows[item] = rows.count
    values += vector
    return true
  }

  /// Returns the row of an item's vector; nil if it has none.
  package func row(of item: ItemID) -> Int? { rows[item] }

  /// Returns the vector in a row. Traps if there is no such row.
  package func vector(at row: Int) -> ArraySlice<Float> { values[row * width..<(row + 1) * width] }
}
