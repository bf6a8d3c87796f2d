/// What a pair of user and item has in a store: its rating without the ids.
package struct RatingState: Equatable, Sendable {
  package var value: Float
  /// Microseconds since 1970, ``Timestamp/missing`` when there is none.
  package var time: Int64

  package init(value: Float, time: Int64) {
    self.value = value
    self.time = time
  }

  /// Whether `new` takes this state's place: unless it is the same, or both have a time and this
  /// one's is the later.
  package func isReplaced(by new: RatingState) -> Bool {
    let hasBothTimes = time != Timestamp.missing && new.time != Timestamp.missing
    return self != new && !(hasBothTimes && time > new.time)
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

  /// Takes down that a row replaced `old` by `new`, and answers what that adds to the tally: a
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
