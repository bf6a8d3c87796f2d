import Crypto
package import Ratings

/// Ratings for training and evaluation: three parallel columns, 12 bytes per rating, sorted by (user, item), with each
/// pair at most once.
///
/// Users and items are dense rows: the position of their id among the sorted ids. Every user and every item has at
/// least one rating.
package struct InteractionTable: Sendable {
  /// The user ids, ascending. An id's position is the user's row.
  package let userIdentifiers: IdentifierColumn
  /// The item ids, ascending. An id's position is the item's row.
  package let itemIdentifiers: IdentifierColumn
  /// The user row of each rating, ascending.
  package private(set) var users: [UInt32]
  /// The item row of each rating, ascending within a user.
  package private(set) var items: [UInt32]
  /// The value of each rating, always finite.
  package private(set) var values: [Float]
  /// The time of each rating in microseconds since 1970, ``Timestamp/missing`` if it has none. Nil unless the table was
  /// built to keep times.
  package private(set) var times: [Int64]?
  /// The start of each user's ratings, followed by ``count``: `userCount + 1` positions.
  package let userOffsets: [Int]

  /// Creates a table from rows that are already sorted and free of duplicates.
  init(
    userIdentifiers: IdentifierColumn, itemIdentifiers: IdentifierColumn, users: [UInt32],
    items: [UInt32], values: [Float], times: [Int64]?
  ) {
    precondition(users.count == items.count && users.count == values.count)
    precondition(times == nil || times?.count == users.count)
    self.userIdentifiers = userIdentifiers
    self.itemIdentifiers = itemIdentifiers
    self.users = users
    self.items = items
    self.values = values
    self.times = times
    userOffsets = offsets(of: users, count: userIdentifiers.count)
  }

  /// The number of ratings.
  package var count: Int { values.count }

  /// The number of users, each with at least one rating.
  package var userCount: Int { userIdentifiers.count }

  /// The number of items, each with at least one rating.
  package var itemCount: Int { itemIdentifiers.count }

  /// Returns the positions of a user's ratings.
  package func positions(of user: UserIndex) -> Range<Int> {
    userOffsets[user.position]..<userOffsets[user.position + 1]
  }

  /// Returns the id of a user.
  package func identifier(of user: UserIndex) -> UserID {
    userIdentifiers.identifier(at: user.position)
  }

  /// Returns the id of an item.
  package func identifier(of item: ItemIndex) -> ItemID {
    itemIdentifiers.identifier(at: item.position)
  }

  /// Returns the number of ratings of each item, by row. O(count).
  package func itemRatingCounts() -> [UInt32] {
    var counts = [UInt32](repeating: 0, count: itemCount)
    for item in items { counts[Int(item)] += 1 }
    return counts
  }

  /// Returns the mean of all values, summed in order in double precision; 0 for an empty table. O(count).
  package func meanValue() -> Double {
    values.isEmpty ? 0 : values.reduce(0.0) { $0 + Double($1) } / Double(count)
  }
}

extension InteractionTable {
  /// Takes out the four columns, so that they can be mutated without a copy.
  consuming func takeColumns() -> (
    users: [UInt32], items: [UInt32], values: [Float], times: [Int64]?
  ) {
    defer { (users, items, values, times) = ([], [], [], nil) }
    return (users, items, values, times)
  }
}

/// Returns the start of each row's entries in a column of rows, followed by the column's length.
func offsets(of rows: [UInt32], count: Int) -> [Int] {
  var offsets = [Int](repeating: 0, count: count + 1)
  for row in rows { offsets[Int(row) + 1] += 1 }
  for row in 0..<count { offsets[row + 1] += offsets[row] }
  return offsets
}

/// The ratings of a table ordered by (item, user), for access by item. Built on demand; 8 bytes per rating and 8 per
/// item.
package struct ItemOrientation: Sendable {
  /// The start of each item's ratings, followed by their total number: `itemCount + 1` positions.
  package let itemOffsets: [Int]
  /// The user row of each rating, ascending within an item.
  package let users: [UInt32]
  /// The value of each rating.
  package let values: [Float]

  /// Reorders `table` with one counting sort: O(count + items).
  package init(_ table: InteractionTable) {
    let starts = offsets(of: table.items, count: table.itemCount)
    var next = starts
    var users = [UInt32](repeating: 0, count: table.count)
    var values = [Float](repeating: 0, count: table.count)
    for position in 0..<table.count {
      let item = Int(table.items[position])
      users[next[item]] = table.users[position]
      values[next[item]] = table.values[position]
      next[item] += 1
    }
    itemOffsets = starts
    self.users = users
    self.values = values
  }

  /// Returns the positions of an item's ratings.
  package func positions(of item: ItemIndex) -> Range<Int> {
    itemOffsets[item.position]..<itemOffsets[item.position + 1]
  }
}

extension InteractionTable {
  /// Returns a fingerprint of the ratings, 64 hexadecimal digits. It is equal for equal ratings, regardless of their
  /// order, their batches and their store.
  ///
  /// It is SHA-256, in little-endian order, over: the text `latent-ratings-1` and a newline; the ids of users, then of
  /// items, each side as one byte (0 integer, 1 text), the number of ids in 8 bytes, and per id its 8 bytes, or the
  /// length of its text in 8 bytes and the text; then the number of ratings in 8 bytes and the columns of user rows,
  /// item rows and values, 4 bytes each.
  ///
  /// Times are not included: a table with times and one without have the same fingerprint. O(count), about a second per
  /// 100 million ratings.
  package func fingerprint() -> String {
    var hash = SHA256()
    hash.update(data: Array("latent-ratings-1\n".utf8))
    hash.update(userIdentifiers)
    hash.update(itemIdentifiers)
    hash.update(count)
    users.withUnsafeBytes { hash.update(bufferPointer: $0) }
    items.withUnsafeBytes { hash.update(bufferPointer: $0) }
    values.withUnsafeBytes { hash.update(bufferPointer: $0) }
    let digits = Array("0123456789abcdef".utf8)
    let digest = hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: digest, as: UTF8.self)
  }
}

// The columns are hashed in their memory layout.
#if _endian(big)
  #error("the fingerprint is defined in little-endian order")
#endif

extension SHA256 {
  fileprivate mutating func update(_ number: Int) {
    withUnsafeBytes(of: UInt64(number).littleEndian) { update(bufferPointer: $0) }
  }

  fileprivate mutating func update(_ column: IdentifierColumn) {
    switch column {
    case .integers(let integers):
      update(data: [0])
      update(integers.count)
      integers.withUnsafeBytes { update(bufferPointer: $0) }
    case .texts(let texts):
      update(data: [1])
      update(texts.count)
      texts.bytes.withUnsafeBytes { bytes in
        for position in 0..<texts.count {
          let range = texts.range(at: position)
          update(range.count)
          update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
      }
    }
  }
}
