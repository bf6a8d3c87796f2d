/// A batch of ratings told row by row: what becomes of each pair, and how many rows did what.
///
/// A table takes one row a pair at a time, but a batch may hold a pair several times, and each row
/// counts. So the batch's rows are played through in memory over what the table holds.
package struct UpsertReplay {
  /// The batch's position of the first row of each pair; a pair's place here is its slot.
  package let firstRows: [Int]
  /// Whether the pairs come in their order, each once: a row's slot is its position then.
  package let isInOrder: Bool
  /// The slot of each row; empty where the pairs are in order.
  private let slots: [Int]
  private let batch: RatingBatch
  private let rule: WriteRule

  /// Finds the pairs of `batch`, whose rows are to be written by `rule`. Linear in the rows.
  package init(_ batch: borrowing RatingBatch, _ rule: WriteRule) {
    self.batch = copy batch
    self.rule = rule
    isInOrder = batch.pairsAreInOrder
    (firstRows, slots) = isInOrder ? (Array(0..<batch.count), []) : Self.slots(of: batch)
  }

  /// Plays all rows through, over what the table holds of each slot, nil where nothing. Returns what
  /// each slot has in the end and what the rows did; `ledger` is the transaction's.
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

  /// Throws for the first slot whose state, of `states`, is beyond what a number holds; `store` is what the
  /// error speaks of.
  package func requireFinite(_ states: [RatingState], store: String) throws(StoreError) {
    guard let slot = states.firstIndex(where: { !$0.value.isFinite }) else { return }
    let pair = batch[firstRows[slot]]
    throw StoreSettings.sumIsNotFinite(user: pair.user, item: pair.item, store: store)
  }

  /// What a table that holds none of the slots is taken to hold of them.
  package var nothingKnown: [RatingState?] { Array(repeating: nil, count: firstRows.count) }

  /// What each slot comes to if the table holds none of them.
  package var states: [RatingState] { play(over: nothingKnown) { _, _, _ in } }

  private func play(
    over known: [RatingState?], _ note: (Int, RatingState?, RatingState) -> Void
  ) -> [RatingState] {
    var states = known
    for row in 0..<batch.count {
      // A negative zero is a zero, as it is in SQLite.
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
  /// Whether each row's pair of user and item is behind the one before it.
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
  /// How the ids at two positions stand: integers by value, texts by their bytes.
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

/// Whether ratings come into a table that was empty, in the order of their pairs: then it holds none of
/// those that are still to come, and need not be asked.
package struct OrderedFill {
  private var last: (user: UserID, item: ItemID)?
  private var isKept: Bool

  /// `isEmpty` says whether the table holds nothing.
  package init(isEmpty: Bool) { isKept = isEmpty }

  /// Takes the next batch into account and returns whether the table can't hold any of its pairs.
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
