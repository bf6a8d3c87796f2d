/// What a write did, by rows.
package struct WriteTally: Equatable, Sendable {
  package var added: Int
  package var replaced: Int
  /// The same already, or older than what is there.
  package var unchanged: Int

  package init(added: Int = 0, replaced: Int = 0, unchanged: Int = 0) {
    self.added = added
    self.replaced = replaced
    self.unchanged = unchanged
  }

  /// All rows of the write.
  package var count: Int { added + replaced + unchanged }

  package static func += (left: inout WriteTally, right: WriteTally) {
    left.added += right.added
    left.replaced += right.replaced
    left.unchanged += right.unchanged
  }
}

/// Remembers what pairs had before a transaction replaced it, so that rows which bring a pair back to
/// that are told as having changed nothing: so it is when a file that holds a pair several times is
/// imported again.
///
/// Bounded: of pairs beyond `limit` a replacement counts as one for good. Pairs are told apart by 64
/// bits of hash, where among a million two are taken for one with a chance of 3 in 100 million; the
/// tally alone would suffer.
package struct ReplacementLedger {
  private struct Entry {
    let original: RatingState
    var count: Int
  }

  private var entries: [Int: Entry] = [:]
  private let limit: Int

  /// An empty ledger for a transaction.
  package init(limit: Int = 1_000_000) { self.limit = limit }

  /// Takes down that a row replaced `old` by `new`, and returns what that adds to the tally: a
  /// replacement, or, when `new` is what the pair had at first, as many fewer as there were of it.
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
