import Ratings

/// A batch of ratings told row by row: what becomes of each pair, and how many rows did what.
///
/// The table takes one row a pair at a time, but a batch may hold a pair several times, and each row
/// counts. So the batch's rows are played through in memory over what the table holds.
struct UpsertReplay {
  /// The batch's position of the first row of each pair; a pair's place here is its slot.
  let firstRows: [Int]
  /// The slot of each row.
  private let slots: [Int]
  private let batch: RatingBatch

  /// Finds the pairs of `batch`.
  init(_ batch: RatingBatch) {
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
    self.firstRows = firstRows
    self.slots = slots
    self.batch = batch
  }

  /// Plays all rows through, over what the table holds of each slot. Answers what each slot has in
  /// the end and what the rows did; `ledger` is the transaction's.
  func run(
    over known: [Int: RatingState], _ ledger: inout ReplacementLedger
  ) -> (states: [RatingState], tally: WriteTally) {
    var tally = WriteTally()
    let states = play(over: known) { row, old, new in
      guard let old else {
        tally.added += 1
        return
      }
      if old.isReplaced(by: new) {
        tally += ledger.replace(
          user: batch.users.identifier(at: row), item: batch.items.identifier(at: row), old,
          by: new)
      } else {
        tally.unchanged += 1
      }
    }
    return (states, tally)
  }

  /// What each slot comes to if the table holds none of them.
  var states: [RatingState] { play(over: [:]) { _, _, _ in } }

  private func play(
    over known: [Int: RatingState], _ note: (Int, RatingState?, RatingState) -> Void
  ) -> [RatingState] {
    var states = [RatingState?](repeating: nil, count: firstRows.count)
    for (slot, state) in known { states[slot] = state }
    for row in 0..<batch.count {
      // A negative zero is a zero, as it is in SQLite.
      let new = RatingState(value: batch.values[row] + 0, time: batch.times[row])
      let slot = slots[row]
      note(row, states[slot], new)
      if states[slot]?.isReplaced(by: new) ?? true { states[slot] = new }
    }
    // Every slot has a row, and every row leaves a state.
    return states.compactMap { $0 }
  }

  private struct Pair: Hashable {
    let user: UserID
    let item: ItemID
  }
}
