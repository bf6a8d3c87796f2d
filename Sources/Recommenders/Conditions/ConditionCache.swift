import Synchronization

/// An LRU cache of the items that satisfy recently used conditions.
///
/// It holds at most ``countLimit`` conditions and ``byteLimit`` bytes of items and their indices; a single condition
/// may exceed the byte limit. The least recently used conditions are evicted first.
final class ConditionCache: Sendable {
  private static let countLimit = 64
  private static let byteLimit = 64 << 20

  private struct Entry {
    let items: ItemSelection
    var lastUse: Int
  }

  private struct Entries {
    var byText: [String: Entry] = [:]
    var useCount = 0
    var byteCount = 0

    mutating func removeOldest() {
      guard let oldest = byText.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
      byteCount -= oldest.value.items.byteCount
      byText[oldest.key] = nil
    }
  }

  private let entries = Mutex(Entries())

  /// Returns the items of `model` that satisfy `condition`, from the cache if possible. Throws as
  /// ``ModelCatalogue/items(where:)`` does.
  func items(
    of condition: ItemCondition, in model: any ScoredModel
  ) throws(RecommendingError) -> ItemSelection {
    if let kept = kept(condition.text) { return kept }
    let found = ItemSelection(try model.catalogue.items(where: condition), of: model)
    return entries.withLock { entries in
      // Another thread may have inserted it meanwhile.
      if let kept = entries.byText[condition.text] { return kept.items }
      while !entries.byText.isEmpty,
        entries.byText.count >= Self.countLimit
          || entries.byteCount + found.byteCount > Self.byteLimit
      {
        entries.removeOldest()
      }
      entries.useCount += 1
      entries.byteCount += found.byteCount
      entries.byText[condition.text] = Entry(
        items: found, lastUse: entries.useCount)
      return found
    }
  }

  private func kept(_ text: String) -> ItemSelection? {
    entries.withLock { entries in
      entries.useCount += 1
      entries.byText[text]?.lastUse = entries.useCount
      return entries.byText[text]?.items
    }
  }
}
