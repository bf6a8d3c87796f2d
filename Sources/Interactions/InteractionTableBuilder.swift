import ExplainedErrors
package import Ratings

/// Builds an ``InteractionTable`` from batches of ratings as a store streams them.
///
/// Ids get provisional rows by a hash table; at the end they are sorted and the rows renumbered and
/// sorted in place. Of several ratings of one pair the newer wins; where either has no time, or both
/// the same, the later row does.
///
/// Memory while building: 12 bytes a rating, 8 more once a rating has a time (which decides between
/// duplicates even where times are not kept), and 4 more while rows that did not come user by user
/// are sorted: at most 24 bytes a rating, 28 when times are kept; 2.4 and 2.8 GB at 100 million.
/// Besides that about 20 bytes a user and an item, and the bytes of text ids.
package struct InteractionTableBuilder: ~Copyable {
  /// The most users and the most items a table takes: a row fits 32 bits, and the highest stands
  /// for "unknown".
  package static let identifierLimit = Int(UInt32.max) - 1

  private let keepingTimes: Bool
  private let identifierLimit: Int
  private var users: IdentifierInterner?
  private var items: IdentifierInterner?
  private var rows = RatingRows()

  /// A builder without ratings. `keepingTimes` keeps the times in the table. `identifierLimit`
  /// bounds the number of different users and of different items, for tests of what happens beyond
  /// it.
  package init(
    keepingTimes: Bool = false, identifierLimit: Int = InteractionTableBuilder.identifierLimit
  ) {
    precondition((1...InteractionTableBuilder.identifierLimit).contains(identifierLimit))
    self.keepingTimes = keepingTimes
    self.identifierLimit = identifierLimit
  }

  /// Adds all ratings of `batch`. Throws, and is of no further use, when ids exceed the limit or
  /// change their type, or when a value is not finite.
  package mutating func append(_ batch: borrowing RatingBatch) throws(InteractionError) {
    let count = batch.count
    guard count > 0 else { return }
    guard rows.count + count < Int(UInt32.max) else {
      throw InteractionError(
        .tooMany, "more than \(UInt32.max - 1) ratings", place: "ratings",
        remedy: "Read fewer, for example those of the last years, by a query.")
    }
    if let position = batch.values.firstIndex(where: { !$0.isFinite }) {
      let rating = batch[position]
      throw InteractionError(
        .badValue, "the value \(rating.value) is not finite",
        place: "rating of item \(rating.item) by user \(rating.user)",
        remedy: "Correct it in the store, or leave it out by a query.")
    }
    let (userColumn, itemColumn) = (batch.users, batch.items)
    let limit = identifierLimit
    try rows.users.append(count: count) { rows throws(InteractionError) in
      try intern(userColumn, "users", by: &users, limit: limit, into: rows)
    }
    try rows.items.append(count: count) { rows throws(InteractionError) in
      try intern(itemColumn, "items", by: &items, limit: limit, into: rows)
    }
    let (values, times) = (batch.values, batch.times)
    rows.append(values: values, times: times)
  }

  /// The table of all ratings added: O(n log n) at worst in a user's number of ratings, linear in
  /// all else, and nothing to sort when they came by user and item.
  package consuming func finish() -> InteractionTable {
    guard let users, let items else {
      return InteractionTable(
        userIdentifiers: .integers([]), itemIdentifiers: .integers([]), users: [], items: [],
        values: [], times: keepingTimes ? [] : nil)
    }
    let (userIdentifiers, userPlaces) = users.sorted()
    let (itemIdentifiers, itemPlaces) = items.sorted()
    var rows = rows
    rows.renumber(users: userPlaces, items: itemPlaces)
    rows.sort(userCount: userPlaces.count)
    rows.removeDuplicates()
    return rows.table(
      userIdentifiers: userIdentifiers, itemIdentifiers: itemIdentifiers,
      keepingTimes: keepingTimes)
  }
}

private func intern(
  _ column: IdentifierColumn, _ side: String, by interner: inout IdentifierInterner?, limit: Int,
  into rows: UnsafeMutableBufferPointer<UInt32>
) throws(InteractionError) {
  var current = interner ?? IdentifierInterner(type: column.type, limit: limit)
  interner = nil  // leave one owner, so that adding does not copy
  guard current.type == column.type else {
    throw InteractionError(
      .mixedTypes, "some ids are \(current.type.rawValue), some \(column.type.rawValue)",
      place: side, remedy: "Let the query answer one type of id.")
  }
  guard current.intern(column, into: rows) else {
    throw InteractionError(
      .tooMany, "more than \(limit) different ids", place: side,
      remedy: "Read fewer ratings, for example those of the last years, by a query.")
  }
  interner = current
}
