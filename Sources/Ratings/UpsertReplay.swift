/// Replays a batch of ratings row by row: the resulting state of each pair, and the number of rows that had
/// each effect.
///
/// A table accepts one row per pair at a time, but a batch may contain a pair several times, and each row
/// counts. So the rows are replayed in memory over what the table holds.
package struct UpsertReplay {
  /// The position in the batch of each pair's first row. A pair's index here is its slot.
  package let firstRows: [Int]
  /// Whether the pairs are sorted and unique; a row's slot is then its position.
  package let isInOrder: Bool
  /// The slot of each row; empty if the pairs are in order.
  private let slots: [Int]
  private let batch: RatingBatch
  private let rule: WriteRule

  /// Finds the pairs of `batch`, whose rows are written by `rule`. Takes linear time in the number of rows.
  package init(_ batch: borrowing RatingBatch, _ rule: WriteRule) {
    self.batch = copy batch
    self.rule = rule
    isInOrder = batch.pairsAreInOrder
    (firstRows, slots) = isInOrder ? (Array(0..<batch.count), []) : Self.slots(of: batch)
  }

  /// Replays all rows over what the table holds for each slot, with nil where it has no rating. Returns the
  /// final state of each slot and the tally of the rows; `ledger` is the transaction's.
  package func run(
    over known: [RatingState?], _ ledger: inout ReplacementLedger
  ) -> (states: [RatingState], tally: WriteTally) {
    var tally = WriteTally()
    let states = play(over: known) { row, old, new in
      guard let old else {
        tally.added += 1
        return
      }
      if let next = old.successor(new, rule) {
        tally += ledger.replace(
          user: batch.users.identifier(at: row), item: batch.items.identifier(at: row), old,
          by: next)
      } else {
        tally.unchanged += 1
      }
    }
    return (states, tally)
  }

  /// Throws for the first slot whose value in `states` has overflowed; the error names `store`.
  package func requireFinite(_ states: [RatingState], store: String) throws(StoreError) {
    guard let slot = states.firstIndex(where: { !$0.value.isFinite }) else { return }
    let pair = batch[firstRows[slot]]
    throw StoreSettings.sumIsNotFinite(user: pair.user, item: pair.item, store: store)
  }

  /// The initial states if the table holds none of the slots.
  package var nothingKnown: [RatingState?] { Array(repeating: nil, count: firstRows.count) }

  /// The final states if the table holds none of the slots.
  package var states: [RatingState] { play(over: nothingKnown) { _, _, _ in } }

  private func play(
    over known: [RatingState?], _ note: (Int, RatingState?, RatingState) -> Void
  ) -> [RatingState] {
    var states = known
    for row in 0..<batch.count {
      // Negative zero becomes zero, as in SQLite.
      let new = RatingState(value: batch.values[row] + 0, time: batch.times[row])
      let slot = isInOrder ? row : slots[row]
      note(row, states[slot], new)
      if let old = states[slot] {
        if let next = old.successor(new, rule) { states[slot] = next }
      } else {
        states[slot] = new
      }
    }
    // Every slot has a row, and every row leaves a state.
    return states.compactMap { $0 }
  }

  private static func slots(of batch: borrowing RatingBatch) -> (firstRows: [Int], slots: [Int]) {
    var firstRows: [Int] = []
    var slots: [Int] = []
    var slotOfPair: [Pair: Int] = [:]
    firstRows.reserveCapacity(batch.count)
    slots.reserveCapacity(batch.count)
    slotOfPair.reserveCapacity(batch.count)
    for row in 0..<batch.count {
      let pair = Pair(
        user: batch.users.identifier(at: row), item: batch.items.identifier(at: row))
      let slot = slotOfPair[pair] ?? firstRows.count
      if slot == firstRows.count {
        firstRows.append(row)
        slotOfPair[pair] = slot
      }
      slots.append(slot)
    }
    return (firstRows, slots)
  }

  private struct Pair: Hashable {
    let user: UserID
    let item: ItemID
  }
}

extension RatingBatch {
  /// Whether each row's pair of user and item sorts after the previous one.
  fileprivate var pairsAreInOrder: Bool {
    for row in 0..<max(count - 1, 0) {
      switch users.order(row, row + 1) {
      case .ascending: continue
      case .descending: return false
      case .same: if items.order(row, row + 1) != .ascending { return false }
      }
    }
    return true
  }
}

extension IdentifierColumn {
  /// Compares the ids at two positions: integers by value, texts by their bytes.
  fileprivate func order(_ left: Int, _ right: Int) -> PairOrder {
    switch self {
    case .integers(let integers):
      let (left, right) = (integers[left], integers[right])
      return left < right ? .ascending : left == right ? .same : .descending
    case .texts(let texts):
      let (left, right) = (texts.bytes[texts.range(at: left)], texts.bytes[texts.range(at: right)])
      return left.lexicographicallyPrecedes(right)
        ? .ascending : left.elementsEqual(right) ? .same : .descending
    }
  }
}

private enum PairOrder {
  case ascending, same, descending
}

/// Tracks whether ratings are written to an initially empty table in the order of their pairs. Then it can't
/// hold any of the pairs still to come, and lookups can be skipped.
package struct OrderedFill {
  private var last: (user: UserID, item: ItemID)?
  private var isKept: Bool

  /// Creates a tracker; `isEmpty` says whether the table is empty.
  package init(isEmpty: Bool) { isKept = isEmpty }

  /// Records the next batch and returns whether the table can't hold any of its pairs.
  package mutating func isNew(_ replay: UpsertReplay, _ batch: borrowing RatingBatch) -> Bool {
    guard isKept, replay.isInOrder, batch.count > 0 else {
      isKept = false
      return false
    }
    let first = batch[0]
    if let last, (last.user, last.item) >= (first.user, first.item) { isKept = false }
    let end = batch[batch.count - 1]
    last = (end.user, end.item)
    return isKept
  }
}
