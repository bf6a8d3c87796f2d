import BitCollections
import ModelRegistry
import Ratings

/// The attributes of the items in a mapped file: each name-value pair once, with the items that have it.
struct AttributeTable: Sendable {
  /// The names of its tensors. A file contains all or none of them.
  static let tensors = [
    "attribute_bytes", "attribute_ends", "attribute_offsets", "attribute_items",
  ]

  /// The attributes as `name=value`, in ascending byte order.
  private let texts: TextTable
  private let lists: RowLists
  private let itemCount: Int

  /// Reads the attributes of `itemCount` items from a file. Nil if the file has none.
  init?(_ reader: TensorReader, itemCount: Int) throws(ModelFileError) {
    guard Self.tensors.contains(where: reader.has) else { return nil }
    texts = try TextTable(reader, bytes: "attribute_bytes", ends: "attribute_ends")
    lists = try RowLists(
      reader, offsets: "attribute_offsets", rows: "attribute_items", count: texts.count,
      itemCount: itemCount)
    self.itemCount = itemCount
  }

  /// The number of distinct attributes.
  var count: Int { texts.count }

  /// The attribute at `position`. Traps if it is out of bounds.
  subscript(position: Int) -> ItemAttribute {
    let text = texts[position]
    let end = text.firstIndex(of: "=") ?? text.endIndex
    return ItemAttribute(
      name: String(text[..<end]), value: String(text[end...].dropFirst()))
  }

  /// Returns the position of an attribute, or nil if no item has it. O(log attributes).
  func position(of attribute: ItemAttribute) -> Int? { texts.position(of: attribute.text) }

  /// Inserts the rows of the items that have the attribute at `position` into `items`.
  func addItems(at position: Int, to items: inout BitSet) {
    lists.withRows(at: position) { rows in for row in rows { items.insert(Int(row)) } }
  }

  /// Checks that the attributes are valid text in ascending order, and that their item rows are in bounds and in
  /// order.
  func verify(place: String) throws(ModelFileError) {
    try texts.verify(place: place)
    try texts.verifyAscending(place: place)
    try lists.verify(place: place)
  }
}

extension ItemAttribute {
  /// The attribute as written in model files.
  var text: String { "\(name)=\(value)" }
}
