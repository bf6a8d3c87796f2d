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
  /// For each user, where in `ratedItems` his items start; one more at the end: users + 1.
  package var ratedOffsets: [UInt64]
  /// For each user, the rows of all items he is known to have rated, ascending.
  package var ratedItems: [UInt32]
  /// For each item, the name people know it by; nil and empty are the same.
  package var titles: [String?]

  /// A catalogue. Traps unless everything that is said of each user or item is said of all; whether
  /// the contents make sense is checked when they are published.
  package init(
    users: IdentifierColumn, items: IdentifierColumn, itemRatingCounts: [UInt32],
    ratedOffsets: [UInt64], ratedItems: [UInt32], titles: [String?]
  ) {
    precondition(
      ratedOffsets.count == users.count + 1, "\(users.count) users, \(ratedOffsets.count) offsets")
    precondition(
      itemRatingCounts.count == items.count && titles.count == items.count,
      "\(items.count) items, \(itemRatingCounts.count) counts, \(titles.count) titles")
    self.users = users
    self.items = items
    self.itemRatingCounts = itemRatingCounts
    self.ratedOffsets = ratedOffsets
    self.ratedItems = ratedItems
    self.titles = titles
  }

  var tensors: [OutgoingTensor] {
    [
      OutgoingTensor("item_rating_counts", itemRatingCounts),
      OutgoingTensor("rated_offsets", ratedOffsets),
      OutgoingTensor("rated_items", ratedItems),
    ] + identifierTensors(users, .users) + identifierTensors(items, .items)
      + textTensors(titleColumn, bytes: "title_bytes", ends: "title_ends")
  }

  private func identifierTensors(
    _ column: IdentifierColumn, _ names: IdentifierTensorNames
  ) -> [OutgoingTensor] {
    switch column {
    case .integers(let integers): [OutgoingTensor(names.integers, integers)]
    case .texts(let texts): textTensors(texts, bytes: names.bytes, ends: names.ends)
    }
  }

  private func textTensors(_ texts: TextColumn, bytes: String, ends: String) -> [OutgoingTensor] {
    [
      OutgoingTensor(bytes, texts.bytes),
      OutgoingTensor(ends, texts.ends.map { UInt64($0) }),
    ]
  }

  private var titleColumn: TextColumn {
    var column = TextColumn()
    for title in titles { column.append(title ?? "") }
    return column
  }
}
