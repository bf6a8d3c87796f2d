/// A dictionary of bounded size that evicts the entry used least recently.
///
/// Complexity: O(1), but O(n) for an eviction: for entries that cost far more to make.
package struct LRUCache<Key: Hashable, Value> {
  /// The most entries that are kept.
  package let capacity: Int
  /// An object, so that its use is noted without looking the key up again.
  private final class Entry {
    let value: Value
    var lastUse: Int

    init(_ value: Value, lastUse: Int) {
      self.value = value
      self.lastUse = lastUse
    }
  }

  private var entries: [Key: Entry] = [:]
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
    if let known = entries[key] {
      known.lastUse = clock
      return known.value
    }
    let made = try make()
    if entries.count == capacity,
      let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      entries[oldest.key] = nil
    }
    entries[key] = Entry(made, lastUse: clock)
    return made
  }
}
