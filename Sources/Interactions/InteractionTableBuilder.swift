import Errors
package import Ratings

/// Builds an ``InteractionTable`` from batches of ratings as a store streams them.
///
/// Ids get provisional rows by a hash table; at the end they are sorted and the rows renumbered and
/// sorted in place. Of several ratings of one pair the newer wins; where either has no time, or both
/// the same, the later row does.
///
/// Memory while building: 12 bytes a rating, 20 once a rating has a time (which decides between
/// duplicates even where times are not kept), and some hundredths more while they are sorted; the
/// table's own grows as theirs is given back, so that both together take no more than that: 2.1 GB
/// at 100 million ratings with times. Besides that about 20 bytes a user and an item, and the bytes
/// of text ids.
package struct InteractionTableBuilder: ~Copyable {
  /// The most users and the most items a table takes: a row fits 32 bits, and the highest stands
  /// for "unknown".
  package static let identifierLimit = Int(UInt32.max) - 1

  private let keepingTimes: Bool
  private let transform: ValueTransform
  private let identifierLimit: Int
  private var users: IdentifierInterner?
  private var items: IdentifierInterner?
  private var rows = RatingRows()

  /// A builder without ratings. `keepingTimes` keeps the times in the table, which has what the
  /// `transform` takes values to. `identifierLimit`
  /// bounds the number of different users and of different items, for tests of what happens beyond
  /// it.
  package init(
    keepingTimes: Bool = false, transform: ValueTransform = .none,
    identifierLimit: Int = InteractionTableBuilder.identifierLimit
  ) {
    precondition((1...InteractionTableBuilder.identifierLimit).contains(identifierLimit))
    self.keepingTimes = keepingTimes
    self.transform = transform
    self.identifierLimit = identifierLimit
  }

  /// Adds all ratings of `batch`. Throws, and is of no further use, when ids exceed the limit or
  /// change their type, or when a value is not finite or one that the transform is not defined for.
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
    let values = try transformed(batch)
    let userRows = try intern(batch.users, "users", by: &users, limit: identifierLimit)
    let itemRows = try intern(batch.items, "items", by: &items, limit: identifierLimit)
    rows.append(users: userRows, items: itemRows, values: values, times: batch.times)
  }

  /// What the values of `batch` are taken to.
  private func transformed(_ batch: borrowing RatingBatch) throws(InteractionError) -> [Float] {
    guard transform != .none else { return batch.values }
    var values = batch.values
    for position in values.indices {
      guard let value = transform(values[position]) else {
        let rating = batch[position]
        throw InteractionError(
          .badValue, "\(transform.rawValue) takes no value of \(rating.value)",
          place: "rating of item \(rating.item) by user \(rating.user)",
          remedy: "Leave the transform out, or such ratings by a query.")
      }
      values[position] = value
    }
    return values
  }

  /// The table of all ratings added, in linear time but for sorting the ids; nothing to sort when
  /// they came by user and item.
  package consuming func finish() -> InteractionTable {
    guard let users, let items else {
      return InteractionTable(
        userIdentifiers: .integers([]), itemIdentifiers: .integers([]), users: [], items: [],
        values: [], times: keepingTimes ? [] : nil)
    }
    let (userIdentifiers, userPlaces) = users.sorted()
    let (itemIdentifiers, itemPlaces) = items.sorted()
    return rows.table(
      userIdentifiers: userIdentifiers, userPlaces: userPlaces, itemIdentifiers: itemIdentifiers,
      itemPlaces: itemPlaces, keepingTimes: keepingTimes)
  }
}

/// The provisional row of each id of `column`.
private func intern(
  _ column: IdentifierColumn, _ side: String, by interner: inout IdentifierInterner?, limit: Int
) throws(InteractionError) -> [UInt32] {
  var current = interner ?? IdentifierInterner(type: column.type, limit: limit)
  interner = nil  // leave one owner, so that adding does not copy
  guard current.type == column.type else {
    throw InteractionError(
      .mixedTypes, "some ids are \(current.type.rawValue), some \(column.type.rawValue)",
      place: side, remedy: "Let the query return one type of id.")
  }
  var fits = false
  let rows = [UInt32](unsafeUninitializedCapacity: column.count) { rows, count in
    fits = current.intern(column, into: rows)
    count = column.count
  }
  guard fits else {
    throw InteractionError(
      .tooMany, "more than \(limit) different ids", place: side,
      remedy: "Read fewer ratings, for example those of the last years, by a query.")
  }
  interner = current
  return rows
}
