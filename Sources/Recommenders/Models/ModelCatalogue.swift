import ModelRegistry
package import Ratings

/// What every model of ratings holds besides what it learned: the ids of its users and items, the
/// items' titles, and which ratings are known.
///
/// What the file holds is not trusted: whatever stands in it, no look-up goes outside its table.
package final class ModelCatalogue: Sendable {
  /// The ids of the users, by ``UserIndex``.
  package let users: IdentifierTable<UserEntity>
  /// The ids of the items, by ``ItemIndex``.
  package let items: IdentifierTable<ItemEntity>
  let itemRatingCounts: ModelColumn<UInt32>
  let ratedOffsets: ModelColumn<UInt64>
  let ratedItems: ModelColumn<UInt32>
  let titles: StoredTexts

  /// Takes the catalogue of so many users and items out of a file.
  init(_ reader: TensorReader, userCount: Int, itemCount: Int) throws(ModelFileError) {
    try reader.checkRows(users: userCount, items: itemCount)
    itemRatingCounts = try reader.column("item_rating_counts", [itemCount])
    ratedOffsets = try reader.column("rated_offsets", [userCount + 1])
    ratedItems = try reader.column("rated_items", try reader.dimensions(of: "rated_items", rank: 1))
    titles = try reader.texts(bytes: "title_bytes", ends: "title_ends", count: itemCount)
    users = try reader.identifiers(.users, count: userCount)
    items = try reader.identifiers(.items, count: itemCount)
  }

  /// The number of users.
  package var userCount: Int { users.count }

  /// The number of items.
  package var itemCount: Int { items.count }

  /// The number of ratings that are known, over all users.
  package var knownRatingCount: Int { ratedItems.count }

  /// Lends the rows of the items that a user is known to have rated, ascending, each below
  /// ``itemCount``. Traps when there is no such user.
  ///
  /// O(items lent): they are looked through before they are lent, since they may come from a
  /// hostile file; rows that are not there are left out, and in such a file they may be out of
  /// order.
  package func withRatedItems<Result, Failure: Error>(
    by user: UserIndex, _ body: (UnsafeBufferPointer<UInt32>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let known = UInt64(ratedItems.count)
    let end = min(ratedOffsets[user.row + 1], known)
    let start = min(ratedOffsets[user.row], end)
    return try ratedItems.withElements(in: Int(start)..<Int(end)) { (rows) throws(Failure) in
      let limit = UInt32(itemCount)
      var highest: UInt32 = 0
      for row in rows { highest = max(highest, row) }
      if highest < limit || rows.isEmpty { return try body(rows) }
      return try rows.filter { $0 < limit }.withUnsafeBufferPointer(body)
    }
  }

  /// The name that people know an item by; nil when it has none. Traps when there is no such item.
  package func title(of item: ItemIndex) -> String? {
    let title = titles[item.row]
    return title.isEmpty ? nil : title
  }

  /// How many ratings an item had in training. Traps when there is no such item.
  package func ratingCount(of item: ItemIndex) -> Int {
    Int(itemRatingCounts[item.row])
  }

  /// Lends the numbers of ratings of all items.
  package func withItemRatingCounts<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt32>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try itemRatingCounts.withElements(body)
  }
}
