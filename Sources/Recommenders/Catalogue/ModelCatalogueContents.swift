import ModelRegistry
package import Ratings

/// The unlearned part of every model file, in memory, as a trainer passes it to be written.
package struct ModelCatalogueContents: Sendable {
  /// The user ids, ascending; the position of an id is its ``UserIndex``.
  package var users: IdentifierColumn
  /// The item ids, ascending; the position of an id is its ``ItemIndex``.
  package var items: IdentifierColumn
  /// The number of ratings of each item in training.
  package var itemRatingCounts: [UInt32]
  /// The start of each user's items in `ratedItems`, plus the total: users + 1 elements.
  package var ratedOffsets: [UInt64]
  /// The rows of all items that each user has rated, ascending within each user.
  package var ratedItems: [UInt32]
  /// The title of each item; nil and empty are equivalent.
  package var titles: [String?]
  /// The attributes of each item; empty if no item has any.
  package var attributes: [[ItemAttribute]]
  /// The items without ratings, known by their content; nil if there are none.
  package var coldItems: ColdItemContents?

  /// Creates a catalogue. Traps unless the lengths of the arrays match. Whether the contents are consistent is
  /// checked on publishing.
  package init(
    users: IdentifierColumn, items: IdentifierColumn, itemRatingCounts: [UInt32],
    ratedOffsets: [UInt64], ratedItems: [UInt32], titles: [String?],
    attributes: [[ItemAttribute]] = []
  ) {
    precondition(
      ratedOffsets.count == users.count + 1, "\(users.count) users, \(ratedOffsets.count) offsets")
    precondition(
      itemRatingCounts.count == items.count && titles.count == items.count
        && [0, items.count].contains(attributes.count),
      "\(items.count) items, \(itemRatingCounts.count) counts, \(titles.count) titles")
    self.users = users
    self.items = items
    self.itemRatingCounts = itemRatingCounts
    self.ratedOffsets = ratedOffsets
    self.ratedItems = ratedItems
    self.titles = titles
    self.attributes = attributes
  }

  /// The tensors in the file.
  var tensors: [OutgoingTensor] {
    tensors(
      rated: [
        OutgoingTensor("rated_offsets", ratedOffsets), OutgoingTensor("rated_items", ratedItems),
      ], users: IdentifierTensors.users.tensors(users))
  }

  /// Returns the same tensors, with others for the items that users have rated and for the ids of users.
  func tensors(rated: [OutgoingTensor], users: [OutgoingTensor]) -> [OutgoingTensor] {
    var titleColumn = TextColumn()
    for title in titles { titleColumn.append(title ?? "") }
    return [OutgoingTensor("item_rating_counts", itemRatingCounts)] + rated + users
      + IdentifierTensors.items.tensors(items)
      + TextTable.tensors(titleColumn, bytes: "title_bytes", ends: "title_ends") + attributeTensors
      + (coldItems?.tensors ?? [])
  }

  /// The tensors of each attribute's items; empty if there are no attributes.
  private var attributeTensors: [OutgoingTensor] {
    var lists: [String: [UInt32]] = [:]
    for (row, attributes) in attributes.enumerated() {
      for text in Set(attributes.map(\.text)) { lists[text, default: []].append(UInt32(row)) }
    }
    guard !lists.isEmpty else { return [] }
    var (texts, offsets, rows) = (TextColumn(), [UInt64(0)], [UInt32]())
    for (text, items) in lists.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      texts.append(text)
      rows += items
      offsets.append(UInt64(rows.count))
    }
    return TextTable.tensors(texts, bytes: "attribute_bytes", ends: "attribute_ends") + [
      OutgoingTensor("attribute_offsets", offsets), OutgoingTensor("attribute_items", rows),
    ]
  }
}
