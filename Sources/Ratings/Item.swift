/// The metadata of an item.
package struct Item: Equatable, Sendable {
  package var id: ItemID
  /// The item's display name.
  package var title: String?
  /// Named properties in their original order; a name may occur several times (a film has many genres).
  package var attributes: [ItemAttribute]

  package init(id: ItemID, title: String? = nil, attributes: [ItemAttribute] = []) {
    self.id = id
    self.title = title
    self.attributes = attributes
  }
}

/// One named property of an item: `genre`, `Comedy`.
package struct ItemAttribute: Equatable, Hashable, Sendable, Codable {
  package var name: String
  package var value: String

  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}
