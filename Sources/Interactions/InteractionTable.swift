import Crypto
package import Ratings

/// Ratings held for training and judging: three parallel columns, 12 bytes a rating, sorted by
/// (user, item), each pair once.
///
/// Users and items are dense rows: the position of their id in the sorted ids. Every user and every
/// item of the table has at least one rating in it.
package struct InteractionTable: Sendable {
  /// The ids of users, ascending; an id's position is the user's row.
  package let userIdentifiers: IdentifierColumn
  /// The ids of items, ascending; an id's position is the item's row.
  package let itemIdentifiers: IdentifierColumn
  /// The user's row of each rating, ascending.
  package private(set) var users: [UInt32]
  /// The item's row of each rating, ascending within a user.
  package private(set) var items: [UInt32]
  /// The value of each rating: finite.
  package private(set) var values: [Float]
  /// Microseconds since 1970 of each rating, ``Timestamp/missing`` where it has none; nil unless
  /// the table was built to keep them.
  package private(set) var times: [Int64]?
  /// Where each user's ratings begin, and at last ``count``: `userCount + 1` positions.
  package let userOffsets: [Int]

  /// A table of rows that are sorted and free of duplicates already.
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

  /// The positions of a user's ratings.
  package func positions(of user: UserIndex) -> Range<Int> {
    userOffsets[user.position]..<userOffsets[user.position + 1]
  }

  /// The id of the user at a row.
  package func identifier(of user: UserIndex) -> UserID {
    userIdentifiers.identifier(at: user.position)
  }

  /// The id of the item at a row.
  package func identifier(of item: ItemIndex) -> ItemID {
    itemIdentifiers.identifier(at: item.position)
  }

  /// The number of ratings of each item, by row. O(count).
  package func itemRatingCounts() -> [UInt32] {
    var counts = [UInt32](repeating: 0, count: itemCount)
    for item in items { counts[Int(item)] += 1 }
    return counts
  }

  /// The mean of all values, summed in order in double precision; 0 for an empty table. O(count).
  package func meanValue() -> Double {
    values.isEmpty ? 0 : values.reduce(0.0) { $0 + Double($1) } / Double(count)
  }
}

extension InteractionTable {
  /// The four columns, taken out so that they can be changed without a copy.
  consuming func takeColumns() -> (
    users: [UInt32], items: [UInt32], values: [Float], times: [Int64]?
  ) {
    defer { (users, items, values, times) = ([], [], [], nil) }
    return (users, items, values, times)
  }
}

/// Where each row's entries begin in a column of rows, and at last the column's length.
func offsets(of rows: [UInt32], count: Int) -> [Int] {
  var offsets = [Int](repeating: 0, count: count + 1)
  for row in rows { offsets[Int(row) + 1] += 1 }
  for row in 0..<count { offsets[row + 1] += offsets[row] }
  return offsets
}

/// The ratings of a table ordered by (item, user): who rated an item, and how. Made when something
/// needs it; 8 bytes a rating and 8 an item.
package struct ItemOrientation: Sendable {
  /// Where each item's ratings begin, and at last their number: `itemCount + 1` positions.
  package let itemOffsets: [Int]
  /// The user's row of each rating, ascending within an item.
  package let users: [UInt32]
  /// The value of each rating.
  package let values: [Float]

  /// Reorders `table` by one counting sort: O(count + items).
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

  /// The positions of an item's ratings.
  package func positions(of item: ItemIndex) -> Range<Int> {
    itemOffsets[item.position]..<itemOffsets[item.position + 1]
  }
}

extension InteractionTable {
  /// What the ratings are, in 64 hexadecimal digits: equal for equal ratings, in whatever order and
  /// batches they came and from whichever store.
  ///
  /// SHA-256 over, in little-endian order: the text `latent-ratings-1` and a newline; the ids of
  /// users, then of items, each side as one byte (0 integer, 1 text), the number of ids in 8 bytes,
  /// and per id its 8 bytes, or the length of its text in 8 bytes and the text; then the number of
  /// ratings in 8 bytes and the columns of user rows, item rows and values, 4 bytes each. Times are
  /// left out: a table that keeps them and one that does not have the same fingerprint.
  /// O(count), about a second per 100 million ratings.
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

// The columns are hashed as they lie in memory.
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
