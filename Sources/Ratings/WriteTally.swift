/// The effect of a write, counted by rows.
package struct WriteTally: Equatable, Sendable {
  package var added: Int
  package var replaced: Int
  /// Rows equal to what the store holds, or older.
  package var unchanged: Int

  package init(added: Int = 0, replaced: Int = 0, unchanged: Int = 0) {
    self.added = added
    self.replaced = replaced
    self.unchanged = unchanged
  }

  /// The number of rows written.
  package var count: Int { added + replaced + unchanged }

  package static func += (left: inout WriteTally, right: WriteTally) {
    left.added += right.added
    left.replaced += right.replaced
    left.unchanged += right.unchanged
  }
}

/// Tracks the states that a transaction replaced. Rows that restore a pair to its original state can then be
/// counted as unchanged, as happens when a file that contains a pair several times is imported again.
///
/// Bounded: for pairs beyond `limit`, a replacement is always counted. Pairs are identified by a 64-bit hash.
/// Among a million pairs, the probability that any two collide is 3 in 100 million; only the tally would be
/// wrong.
package struct ReplacementLedger {
  private struct Entry {
    let original: RatingState
    var count: Int
  }

  private var entries: [Int: Entry] = [:]
  private let limit: Int

  /// Creates an empty ledger for a transaction.
  package init(limit: Int = 1_000_000) { self.limit = limit }

  /// Records that a row replaced `old` by `new`, and returns what this adds to the tally. That is one
  /// replacement, or, if `new` is the pair's original state, minus the replacements of the pair so far.
  package mutating func replace(
    user: UserID, item: ItemID, _ old: RatingState, by new: RatingState
  ) -> WriteTally {
    var hasher = Hasher()
    hasher.combine(user)
    hasher.combine(item)
    let key = hasher.finalize()
    guard let entry = entries[key] else {
      if entries.count < limit { entries[key] = Entry(original: old, count: 1) }
      return WriteTally(replaced: 1)
    }
    guard new == entry.original else {
      entries[key]?.count += 1
      return WriteTally(replaced: 1)
    }
    entries[key] = nil
    return WriteTally(replaced: -entry.count, unchanged: entry.count + 1)
  }
}
