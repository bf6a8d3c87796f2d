import Ratings

/// A batch of ratings told row by row: what becomes of each pair, and how many rows did what.
///
/// The table takes one row a pair at a time, but a batch may hold a pair several times, and each row
/// counts. So the batch's rows are played through in memory over what the table holds.
struct UpsertReplay {
  /// What a pair has before or after the batch.
  struct State: Equatable {
    var value: Float
    /// ``Timestamp/missing`` when there is none.
    var time: Int64
  }

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
  /// the end and what the rows did.
  func run(over known: [Int: State]) -> (states: [State], tally: WriteTally) {
    var states = [State?](repeating: nil, count: firstRows.count)
    for (slot, state) in known { states[slot] = state }
    var tally = WriteTally()
    for row in 0..<batch.count {
      // A negative zero is a zero, as it is in SQLite.
      let new = State(value: batch.values[row] + 0, time: batch.times[row])
      let slot = slots[row]
      guard let old = states[slot] else {
        states[slot] = new
        tally.added += 1
        continue
      }
      let hasBothTimes = old.time != Timestamp.missing && new.time != Timestamp.missing
      if old == new || (hasBothTimes && old.time > new.time) {
        tally.unchanged += 1
      } else {
        states[slot] = new
        tally.replaced += 1
      }
    }
    // Every slot has a row, and every row leaves a state.
    return (states.compactMap { $0 }, tally)
  }

  private struct Pair: Hashable {
    let user: UserID
    let item: ItemID
  }
}
