package import BitCollections
import ModelRegistry
package import Ratings
import Synchronization

/// What every model of ratings holds besides what it learned: the ids of its users and items, the
/// items' titles and attributes, and which items each user has rated.
///
/// What the file holds is not trusted: whatever stands in it, no look-up goes outside its table.
package final class ModelCatalogue: Sendable {
  /// The ids of the users, by ``UserIndex``.
  package let users: IdentifierTable<UserEntity>
  /// The ids of the items, by ``ItemIndex``.
  package let items: IdentifierTable<ItemEntity>
  private let itemRatingCounts: TensorColumn<UInt32>
  private let ratedItems: RowLists
  private let titles: TextTable
  /// nil where no item has attributes.
  private let attributes: AttributeTable?
  /// nil where every item was rated.
  private let coldItems: ColdItemTable?
  /// Made when it is first asked for.
  private let attributeIndex = Mutex<AttributeIndex?>(nil)

  /// Takes the catalogue of so many users and items out of a file.
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

  /// The number of rated items, over all users.
  package var ratedItemCount: Int { ratedItems.totalCount }

  /// Whether users have rated more than a fifth of all items.
  var isDense: Bool {
    Double(ratedItemCount) > 0.2 * Double(userCount) * Double(itemCount)
  }

  /// Where in the tensor of rated items those of a user stand. Traps when there is no such user.
  func ratedRange(of user: UserIndex) -> Range<Int> { ratedItems.range(at: user.position) }

  /// Lends the rows of the items that a user has rated, ascending, each below ``itemCount``; in a
  /// hostile file they may be out of order. O(items lent). Traps when there is no such user.
  package func withRatedItems<Result, Failure: Error>(
    by user: UserIndex, _ body: (UnsafeBufferPointer<UInt32>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try ratedItems.withRows(at: user.position, body)
  }

  /// The rows of the items that have an attribute, such as the genre "Comedy".
  package func items(with attribute: ItemAttribute) -> BitSet {
    var items = BitSet(reservingCapacity: itemCount)
    if let position = attributes?.position(of: attribute) {
      attributes?.addItems(at: position, to: &items)
    }
    return items
  }

  /// The rows of the items of which `condition` holds. Throws ``RecommendingErrorCode/badCondition`` where it
  /// names an attribute that no item has, or compares numbers with texts. O(items) for each comparison, and
  /// the first time O(attributes x log attributes): see ``prepareConditions()``.
  package func items(where condition: ItemCondition) throws(RecommendingError) -> BitSet {
    try readyIndex().items(where: condition)
  }

  /// Makes what conditions are looked up in. Blocks.
  package func prepareConditions() { _ = readyIndex() }

  /// The texts that `condition` asks for and no item has; see ``AttributeIndex/unknownValues(of:)``.
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

  /// The name that people know an item by; nil when it has none. Traps when there is no such item.
  package func title(of item: ItemIndex) -> String? {
    let title = titles[item.position]
    return title.isEmpty ? nil : title
  }

  /// How many ratings an item had in training. Traps when there is no such item.
  package func ratingCount(of item: ItemIndex) -> Int {
    Int(itemRatingCounts[item.position])
  }

  /// How many items had no ratings in training, and are known by their content alone.
  package var coldItemCount: Int { coldItems?.count ?? 0 }

  /// Whether an item had no ratings in training, and is known by its content alone.
  package func isCold(_ item: ItemIndex) -> Bool { coldItems?.position(of: item) != nil }

  /// The rows of those items, ascending.
  package var coldRows: [UInt32] { coldItems?.withRows { Array($0) } ?? [] }

  /// The items whose content is most like that of one that had no ratings; nil of any other.
  func neighboursByContent(of item: ItemIndex) -> [ScoredItem]? {
    guard let coldItems, let position = coldItems.position(of: item) else { return nil }
    return coldItems.neighbours(at: position)
  }

  /// The items without ratings that have `item` among those whose content is most like theirs. O(all such pairs).
  func itemsNearByContent(to item: ItemIndex) -> [ScoredItem] { coldItems?.items(near: item) ?? [] }

  /// Lends the numbers of ratings of all items.
  package func withItemRatingCounts<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt32>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try itemRatingCounts.withElements(body)
  }

  /// Checks that ids and attributes ascend and are of valid text, and that rated items lie within
  /// their tables and in order. Throws ``ModelFileErrorCode/badContents`` naming the first tensor and
  /// row that do not. O(catalogue).
  func verifyContents(place: String) throws(ModelFileError) {
    try users.verify(place: place)
    try items.verify(place: place)
    try titles.verify(place: place)
    try ratedItems.verify(place: place)
    try attributes?.verify(place: place)
    try coldItems?.verify(place: place)
  }
}
