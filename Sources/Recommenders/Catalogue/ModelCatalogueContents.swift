import ModelRegistry
package import Ratings

/// What every model file holds besides what was learned, in memory: what a trainer hands over to be
/// written.
package struct ModelCatalogueContents: Sendable {
  /// Ascending; an id's position is its ``UserIndex``.
  package var users: IdentifierColumn
  /// Ascending; an id's position is its ``ItemIndex``.
  package var items: IdentifierColumn
  /// For each item, how many ratings it had in training.
  package var itemRatingCounts: [UInt32]
  /// For each user, where in `ratedItems` their items start; one more at the end: users + 1.
  package var ratedOffsets: [UInt64]
  /// For each user, the rows of all items that they have rated, ascending.
  package var ratedItems: [UInt32]
  /// For each item, the name people know it by; nil and empty are the same.
  package var titles: [String?]
  /// For each item, its attributes; empty where no item has any.
  package var attributes: [[ItemAttribute]]
  /// The items that had no ratings and are known by their content; nil for none.
  package var coldItems: ColdItemContents?

  /// A catalogue. Traps unless everything that is said of each user or item is said of all; whether
  /// the contents make sense is checked when they are published.
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

  /// What of it stands in the file.
  var tensors: [OutgoingTensor] {
    tensors(
      rated: [
        OutgoingTensor("rated_offsets", ratedOffsets), OutgoingTensor("rated_items", ratedItems),
      ], users: IdentifierTensors.users.tensors(users))
  }

  /// The same with other tensors of users: of the items that they have rated, and of their ids.
  func tensors(rated: [OutgoingTensor], users: [OutgoingTensor]) -> [OutgoingTensor] {
    var titleColumn = TextColumn()
    for title in titles { titleColumn.append(title ?? "") }
    return [OutgoingTensor("item_rating_counts", itemRatingCounts)] + rated + users
      + IdentifierTensors.items.tensors(items)
      + TextTable.tensors(titleColumn, bytes: "title_bytes", ends: "title_ends") + attributeTensors
      + (coldItems?.tensors ?? [])
  }

  /// The items of each attribute; no tensors where there are none.
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
