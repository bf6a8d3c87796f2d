import BitCollections

/// A subset of a model's items to which many lookups are restricted: those that satisfy a condition, or those that
/// are available.
///
/// A selection of at most half of the items gets an index of its own if the model supports one (``ItemScreen``). With
/// a filter, the index of all items excludes few, since most of the best may not be listed.
final class ItemSelection: Sendable {
  /// The rows of the items.
  let rows: BitSet
  let count: Int
  /// The size in bytes, including the index.
  let byteCount: Int
  let screen: ScreenOnDemand

  /// Creates a selection of the items of `model` in `rows`. Rows beyond its items are ignored.
  init(_ rows: BitSet, of model: any ScoredModel) {
    self.rows = rows
    count = rows.count
    // With fewer items each is scored; with more, the index of all items is used.
    let isIndexed =
      count > max(model.itemCount / Recommender.fewItemsShare, Recommender.screenedCatalogueSize)
      && count <= model.itemCount / 2 && model.ranking != .popularity
    byteCount = model.itemCount / 8 + (isIndexed ? count * (model.itemVectorLength + 20) : 0)
    screen = ScreenOnDemand(isWanted: isIndexed) {
      model.makeItemScreen(of: rows.prefix { $0 < model.itemCount }.map { UInt32($0) })
    }
  }
}
