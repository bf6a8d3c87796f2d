import BitCollections

/// Some of a model's items, of which alone many look-ups are to find the best: those of a condition, or
/// those that are available.
///
/// A selection of half of the items and fewer gets an index of its own, where the model offers one
/// (``ItemScreen``): behind a filter the index of all items rules out few, since most of the best may not
/// be listed.
final class ItemSelection: Sendable {
  /// The rows of the items.
  let rows: BitSet
  let count: Int
  /// The bytes that it takes, its index among them.
  let byteCount: Int
  let screen: ScreenOnDemand

  /// The items of `model` in `rows`; further rows are of no items.
  init(_ rows: BitSet, of model: any ScoredModel) {
    self.rows = rows
    count = rows.count
    // Of fewer items each is scored, of more all items' index does.
    let isIndexed =
      count > max(model.itemCount / Recommender.fewItemsShare, Recommender.screenedCatalogueSize)
      && count <= model.itemCount / 2 && model.ranking != .popularity
    byteCount = model.itemCount / 8 + (isIndexed ? count * (model.itemVectorLength + 20) : 0)
    screen = ScreenOnDemand(isWanted: isIndexed) {
      model.makeItemScreen(of: rows.prefix { $0 < model.itemCount }.map { UInt32($0) })
    }
  }
}
