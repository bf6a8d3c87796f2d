package import Ratings
package import Trainers

/// Where vectors of items come from that have no ratings: a new source is a file in this folder, and a word of
/// `latent/Options/ColdItemOptions`.
package protocol ItemContentSource: Sendable {
  /// What is recorded of it.
  var name: String { get }
  /// The vectors of the items of `store`, as many of them as there is something of. Throws ``JobError`` `badContent`.
  func content(of store: StoredItems) throws -> SourcedContent
}

/// The vectors of items, and what a source left out.
package struct SourcedContent: Sendable {
  package let content: ItemContent
  /// How many items the source has that the store does not know, and the first of them.
  package let unknown: (count: Int, first: String?)

  package init(_ content: ItemContent, unknown: (count: Int, first: String?) = (0, nil)) {
    self.content = content
    self.unknown = unknown
  }
}

/// The items of a store: those that have ratings, and what is known of these and others.
package struct StoredItems: Sendable {
  /// What is known of items, with ratings or without.
  package let items: [ItemID: Item]
  /// The items that have ratings.
  package let rated: Set<ItemID>
  /// The type of items' ids.
  package let type: IdentifierType
  /// What the store is called.
  package let name: String

  package init(
    items: [ItemID: Item], rated: Set<ItemID>, type: IdentifierType, name: String
  ) {
    self.items = items
    self.rated = rated
    self.type = type
    self.name = name
  }

  /// Whether there is such an item.
  package func contains(_ item: ItemID) -> Bool { items[item] != nil || rated.contains(item) }
}
