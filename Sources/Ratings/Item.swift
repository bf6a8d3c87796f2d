/// What is known of an item besides its ratings.
package struct Item: Equatable, Sendable {
  package var id: ItemID
  /// The name that people know it by.
  package var title: String?
  /// Named properties in the order they came; a name may stand several times (a film has many
  /// genres).
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
