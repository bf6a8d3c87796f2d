import BitCollections
import ModelRegistry
import Ratings

/// The items' attributes in a mapped file: each pair of a name and a value once, with the items that have
/// it.
struct AttributeTable: Sendable {
  /// The names of its tensors: none of them is in a file, or all are.
  static let tensors = [
    "attribute_bytes", "attribute_ends", "attribute_offsets", "attribute_items",
  ]

  /// `name=value` ..., ascending by their bytes.
  private let texts: TextTable
  private let lists: RowLists
  private let itemCount: Int

  /// Takes the attributes of so many items out of a file; nil where it has none.
  init?(_ reader: TensorReader, itemCount: Int) throws(ModelFileError) {
    guard Self.tensors.contains(where: reader.has) else { return nil }
    texts = try TextTable(reader, bytes: "attribute_bytes", ends: "attribute_ends")
    lists = try RowLists(
      reader, offsets: "attribute_offsets", rows: "attribute_items", count: texts.count,
      itemCount: itemCount)
    self.itemCount = itemCount
  }

  /// The number of different attributes.
  var count: Int { texts.count }

  /// The attribute at `position`. Traps when there is none.
  subscript(position: Int) -> ItemAttribute {
    let text = texts[position]
    let end = text.firstIndex(of: "=") ?? text.endIndex
    return ItemAttribute(
      name: String(text[..<end]), value: String(text[end...].dropFirst()))
  }

  /// Where an attribute stands; nil when no item has it. O(log attributes).
  func position(of attribute: ItemAttribute) -> Int? { texts.position(of: attribute.text) }

  /// Adds the rows of the items that have the attribute at `position` to `items`.
  func addItems(at position: Int, to items: inout BitSet) {
    lists.withRows(at: position) { rows in for row in rows { items.insert(Int(row)) } }
  }

  /// Checks that attributes ascend and are of valid text, and that their items are there and in order.
  func verify(place: String) throws(ModelFileError) {
    try texts.verify(place: place)
    try texts.verifyAscending(place: place)
    try lists.verify(place: place)
  }
}

extension ItemAttribute {
  /// The attribute as it stands in model files.
  var text: String { "\(name)=\(value)" }
}
