package import BitCollections
import ModelRegistry
package import Ratings
import Synchronization

/// The part of every model of ratings that is not learned: the ids of its users and items, the titles and attributes
/// of the items, and the items each user has rated.
///
/// The file is not trusted: whatever it contains, no lookup goes out of bounds.
package final class ModelCatalogue: Sendable {
  /// The ids of the users, by ``UserIndex``.
  package let users: IdentifierTable<UserEntity>
  /// The ids of the items, by ``ItemIndex``.
  package let items: IdentifierTable<ItemEntity>
  private let itemRatingCounts: TensorColumn<UInt32>
  private let ratedItems: RowLists
  private let titles: TextTable
  /// The attributes; nil if no item has any.
  private let attributes: AttributeTable?
  /// The cold items; nil if every item was rated.
  private let coldItems: ColdItemTable?
  /// The index of the attributes, built on first use.
  private let attributeIndex = Mutex<AttributeIndex?>(nil)

  /// Reads the catalogue of `userCount` users and `itemCount` items from a file.
  init(_ reader: TensorReader, userCount: Int, itemCount: Int) throws(ModelFileError) {
    try reader.checkRows(users: userCount, items: itemCount)
    itemRatingCounts = try reader.column("item_rating_counts", [itemCount])
    ratedItems = try RowLists(
      reader, offsets: "rated_offsets", rows: "rated_items", count: userCount, itemCount: itemCount)
    titles = try TextTable(reader, bytes: "title_bytes", ends: "title_ends", count: itemCount)
    users = try IdentifierTable(reader, .users, count: userCount)
    items = try IdentifierTable(reader, .items, count: itemCount)
    attributes = try AttributeTable(reader, itemCount: itemCount)
    coldItems = try ColdItemTable(reader, itemCount: itemCount)
  }

  /// The number of users.
  package var userCount: Int { users.count }

  /// The number of items.
  package var itemCount: Int { items.count }

  /// The total number of rated items over all users.
  package var ratedItemCount: Int { ratedItems.totalCount }

  /// Whether users have rated more than a fifth of all user-item pairs.
  var isDense: Bool {
    Double(ratedItemCount) > 0.2 * Double(userCount) * Double(itemCount)
  }

  /// Returns the range of a user's items in the tensor of rated items. Traps if there is no such user.
  func ratedRange(of user: UserIndex) -> Range<Int> { ratedItems.range(at: user.position) }

  /// Calls `body` with the rows of the items that a user has rated, ascending and each below ``itemCount``. In a
  /// hostile file they may be out of order. O(rows passed). Traps if there is no such user.
  package func withRatedItems<Result, Failure: Error>(
    by user: UserIndex, _ body: (UnsafeBufferPointer<UInt32>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try ratedItems.withRows(at: user.position, body)
  }

  /// Returns the rows of the items that have an attribute, such as the genre "Comedy".
  package func items(with attribute: ItemAttribute) -> BitSet {
    var items = BitSet(reservingCapacity: itemCount)
    if let position = attributes?.position(of: attribute) {
      attributes?.addItems(at: position, to: &items)
    }
    return items
  }

  /// Returns the rows of the items that satisfy `condition`. Throws ``RecommendingErrorCode/badCondition`` if it
  /// names an attribute that no item has, or compares numbers with texts. O(items) per comparison; the first call
  /// also takes O(attributes x log attributes), see ``prepareConditions()``.
  package func items(where condition: ItemCondition) throws(RecommendingError) -> BitSet {
    try readyIndex().items(where: condition)
  }

  /// Builds the index that conditions use. Blocks.
  package func prepareConditions() { _ = readyIndex() }

  /// Returns the text values in `condition` that no item has; see ``AttributeIndex/unknownValues(of:)``.
  func unknownValues(of condition: ItemCondition) -> [UnknownValue] {
    readyIndex().unknownValues(of: condition)
  }

  private func readyIndex() -> AttributeIndex {
    attributeIndex.withLock { index in
      let ready = index ?? AttributeIndex(attributes, itemCount: itemCount)
      index = ready
      return ready
    }
  }

  /// Returns the title of an item, or nil if it has none. Traps if there is no such item.
  package func title(of item: ItemIndex) -> String? {
    let title = titles[item.position]
    return title.isEmpty ? nil : title
  }

  /// Returns the number of ratings an item had in training. Traps if there is no such item.
  package func ratingCount(of item: ItemIndex) -> Int {
    Int(itemRatingCounts[item.position])
  }

  /// The number of cold items: no ratings in training, known only by their content.
  package var coldItemCount: Int { coldItems?.count ?? 0 }

  /// Returns whether an item had no ratings in training and is known only by its content.
  package func isCold(_ item: ItemIndex) -> Bool { coldItems?.position(of: item) != nil }

  /// The rows of the cold items, ascending.
  package var coldRows: [UInt32] { coldItems?.withRows { Array($0) } ?? [] }

  /// Returns the items most similar in content to a cold item, or nil if `item` is not cold.
  func neighboursByContent(of item: ItemIndex) -> [ScoredItem]? {
    guard let coldItems, let position = coldItems.position(of: item) else { return nil }
    return coldItems.neighbours(at: position)
  }

  /// Returns the cold items that have `item` among the items most similar to them in content. O(all such pairs).
  func itemsNearByContent(to item: ItemIndex) -> [ScoredItem] { coldItems?.items(near: item) ?? [] }

  /// Calls `body` with the rating counts of all items.
  package func withItemRatingCounts<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt32>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try itemRatingCounts.withElements(body)
  }

  /// Checks that ids and attributes are valid text in ascending order, and that rated items are in bounds and in
  /// order. Throws ``ModelFileErrorCode/badContents`` naming the first offending tensor and row. O(catalogue).
  func verifyContents(place: String) throws(ModelFileError) {
    try users.verify(place: place)
    try items.verify(place: place)
    try titles.verify(place: place)
    try ratedItems.verify(place: place)
    try attributes?.verify(place: place)
    try coldItems?.verify(place: place)
  }
}
