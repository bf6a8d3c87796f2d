import Errors
package import Ratings

/// Builds an ``InteractionTable`` from batches of ratings streamed from a store.
///
/// A hash table assigns provisional rows to ids. At the end the ids are sorted, and the rows are renumbered and sorted
/// in place. Of several ratings of one pair the newest wins. If either of two has no time, or both times are equal, the
/// later row wins.
///
/// Memory while building is 12 bytes per rating, or 20 from the first rating with a time on. Times decide between
/// duplicates even if they are not kept. Sorting adds a few per cent. The table grows as the memory of the builder is
/// released, so that together they need no more than that: 2.1 GB for 100 million ratings with times. In addition:
/// about 20 bytes per user and per item, and the bytes of text ids.
package struct InteractionTableBuilder: ~Copyable {
  /// The maximum number of users and of items in a table. Rows are 32 bits, and the highest value is reserved for
  /// "unknown".
  package static let identifierLimit = Int(UInt32.max) - 1

  private let keepingTimes: Bool
  private let transform: ValueTransform
  private let identifierLimit: Int
  private var users: IdentifierInterner?
  private var items: IdentifierInterner?
  private var rows = RatingRows()

  /// Creates an empty builder.
  ///
  /// - Parameters:
  ///   - keepingTimes: Whether the table keeps the times.
  ///   - transform: Applied to each value before it is stored in the table.
  ///   - identifierLimit: The maximum number of distinct users and of distinct items. Tests lower it to exceed it.
  package init(
    keepingTimes: Bool = false, transform: ValueTransform = .none,
    identifierLimit: Int = InteractionTableBuilder.identifierLimit
  ) {
    precondition((1...InteractionTableBuilder.identifierLimit).contains(identifierLimit))
    self.keepingTimes = keepingTimes
    self.transform = transform
    self.identifierLimit = identifierLimit
  }

  /// Appends all ratings of `batch`. Throws ``InteractionError`` if there are too many ratings or ids, if ids change
  /// their type, or if a value is not finite or outside the transform's domain. The builder must not be used after an
  /// error.
  package mutating func append(_ batch: borrowing RatingBatch) throws(InteractionError) {
    let count = batch.count
    guard count > 0 else { return }
    guard rows.count + count < Int(UInt32.max) else {
      throw InteractionError(
        .tooMany, "more than \(UInt32.max - 1) ratings", place: "ratings",
        remedy: "Read fewer with a query, for example those of recent years.")
    }
    if let position = batch.values.firstIndex(where: { !$0.isFinite }) {
      let rating = batch[position]
      throw InteractionError(
        .badValue, "the value \(rating.value) is not finite",
        place: "rating of item \(rating.item) by user \(rating.user)",
        remedy: "Correct it in the store, or exclude it with a query.")
    }
    let values = try transformed(batch)
    let userRows = try intern(batch.users, "users", by: &users, limit: identifierLimit)
    let itemRows = try intern(batch.items, "items", by: &items, limit: identifierLimit)
    rows.append(users: userRows, items: itemRows, values: values, times: batch.times)
  }

  /// Returns the values of `batch` after the transform.
  private func transformed(_ batch: borrowing RatingBatch) throws(InteractionError) -> [Float] {
    guard transform != .none else { return batch.values }
    var values = batch.values
    for position in values.indices {
      guard let value = transform(values[position]) else {
        let rating = batch[position]
        throw InteractionError(
          .badValue, "\(transform.rawValue) is undefined for \(rating.value)",
          place: "rating of item \(rating.item) by user \(rating.user)",
          remedy: "Omit the transform, or exclude such ratings with a query.")
      }
      values[position] = value
    }
    return values
  }

  /// Returns the table of all appended ratings. Linear time except for sorting the ids. Nothing needs sorting if
  /// ratings arrived ordered by user and item.
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

/// Returns the provisional row of each id in `column`.
private func intern(
  _ column: IdentifierColumn, _ side: String, by interner: inout IdentifierInterner?, limit: Int
) throws(InteractionError) -> [UInt32] {
  var current = interner ?? IdentifierInterner(type: column.type, limit: limit)
  interner = nil  // leave one owner, so that adding does not copy
  guard current.type == column.type else {
    throw InteractionError(
      .mixedTypes, "some ids are \(current.type.rawValue), some \(column.type.rawValue)",
      place: side, remedy: "Make the query return one type of id.")
  }
  var fits = false
  let rows = [UInt32](unsafeUninitializedCapacity: column.count) { rows, count in
    fits = current.intern(column, into: rows)
    count = column.count
  }
  guard fits else {
    throw InteractionError(
      .tooMany, "more than \(limit) different ids", place: side,
      remedy: "Read fewer ratings with a query, for example those of recent years.")
  }
  interner = current
  return rows
}
