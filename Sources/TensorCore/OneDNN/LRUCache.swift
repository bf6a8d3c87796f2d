/// A dictionary of bounded size that evicts the least recently used entry.
///
/// Complexity: O(1), but O(n) for an eviction; meant for entries that cost far more to create.
package struct LRUCache<Key: Hashable, Value> {
  /// The maximum number of entries.
  package let capacity: Int
  /// A reference type, so that its use can be recorded without a second lookup.
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

  /// Creates an empty cache. Traps unless the capacity is positive.
  package init(capacity: Int) {
    precondition(capacity > 0, "a cache of \(capacity) entries")
    self.capacity = capacity
  }

  /// The number of entries.
  package var count: Int { entries.count }

  /// Returns the value for `key`, creating it if there is none.
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
