package import Ratings

/// All that a model file holds, in memory: what a trainer hands over to be written.
package struct FactorModelContents: Sendable {
  /// How the tables were learned: `dot-bias`, `popularity` ...
  package var kind: String
  /// Ascending; an id's position is its ``UserIndex``.
  package var users: IdentifierColumn
  /// Ascending; an id's position is its ``ItemIndex``.
  package var items: IdentifierColumn
  package var tables: FactorTables
  /// For each item, how many ratings it had in training.
  package var itemRatingCounts: [UInt32]
  /// For each user, where in `ratedItems` his items start; one more at the end: users + 1.
  package var ratedOffsets: [UInt64]
  /// For each user, the rows of all items he is known to have rated, ascending.
  package var ratedItems: [UInt32]
  /// For each item, the name people know it by; nil and empty are the same.
  package var titles: [String?]

  /// The contents of a model. Traps unless everything that is said of each user or item is said of
  /// all; whether the contents make sense is checked when they are published, see
  /// ``FactorModel/verifyContents()``.
  package init(
    kind: String, users: IdentifierColumn, items: IdentifierColumn, tables: FactorTables,
    itemRatingCounts: [UInt32], ratedOffsets: [UInt64], ratedItems: [UInt32], titles: [String?]
  ) {
    precondition(
      tables.userBiases.count == users.count && ratedOffsets.count == users.count + 1,
      "\(users.count) users, \(tables.userBiases.count) biases, \(ratedOffsets.count) offsets")
    precondition(
      tables.itemBiases.count == items.count && itemRatingCounts.count == items.count
        && titles.count == items.count,
      "\(items.count) items, \(tables.itemBiases.count) biases, \(itemRatingCounts.count) counts, "
        + "\(titles.count) titles")
    self.kind = kind
    self.users = users
    self.items = items
    self.tables = tables
    self.itemRatingCounts = itemRatingCounts
    self.ratedOffsets = ratedOffsets
    self.ratedItems = ratedItems
    self.titles = titles
  }
}
