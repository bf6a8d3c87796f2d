/// A dictionary of at most so many entries, which lets go of the one that was used least recently.
///
/// Complexity: O(1), but O(n) to let an entry go: for entries that are far dearer to make.
package struct LRUCache<Key: Hashable, Value> {
  /// The most entries that are kept.
  package let capacity: Int
  private var entries: [Key: (value: Value, lastUse: Int)] = [:]
  private var clock = 0

  /// An empty cache. Traps unless there is room for an entry.
  package init(capacity: Int) {
    precondition(capacity > 0, "a cache of \(capacity) entries")
    self.capacity = capacity
  }

  /// How many entries there are.
  package var count: Int { entries.count }

  /// The value for `key`, made when there is none.
  package mutating func value<Failure: Error>(
    for key: Key, _ make: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    clock += 1
    if let known = entries[key]?.value {
      entries[key]?.lastUse = clock
      return known
    }
    let made = try make()
    if entries.count == capacity,
      let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      entries[oldest.key] = nil
    }
    entries[key] = (made, clock)
    return made
  }
}
