package import Ratings
package import Trainers

/// A source of feature vectors for items without ratings. A new source needs a file in this folder, and a
/// word in `latent/Options/ColdItemOptions`.
package protocol ItemContentSource: Sendable {
  /// The name recorded for a run.
  var name: String { get }
  /// Returns the vectors of the items of `store` for which there is content. Throws ``JobError``
  /// `badContent`.
  func content(of store: StoredItems) throws -> SourcedContent
}

/// The vectors of items, and the items that a source left out.
package struct SourcedContent: Sendable {
  package let content: ItemContent
  /// The number of the source's items that are unknown to the store, and the first of them.
  package let unknown: (count: Int, first: String?)

  package init(_ content: ItemContent, unknown: (count: Int, first: String?) = (0, nil)) {
    self.content = content
    self.unknown = unknown
  }
}

/// The items of a store: those that have ratings, and the metadata of these and others.
package struct StoredItems: Sendable {
  /// The metadata of items, with or without ratings.
  package let items: [ItemID: Item]
  /// The items that have ratings.
  package let rated: Set<ItemID>
  /// The type of item ids.
  package let type: IdentifierType
  /// The store's name.
  package let name: String

  package init(
    items: [ItemID: Item], rated: Set<ItemID>, type: IdentifierType, name: String
  ) {
    self.items = items
    self.rated = rated
    self.type = type
    self.name = name
  }

  /// Returns whether the store contains the item.
  package func contains(_ item: ItemID) -> Bool { items[item] != nil || rated.contains(item) }
}
