/// A hash table of rows: open addressing with linear probing, 4 bytes a slot, at most two thirds
/// full. The keys lie with the owner, who is asked to compare and to hash them.
struct RowSlots {
  /// For each slot the row plus one, 0 where the slot is free.
  private var slots: [UInt32] = Array(repeating: 0, count: 64)
  private var count: UInt32 = 0

  /// Whether ``grow(_:)`` is due.
  var isFull: Bool { Int(count) * 3 > slots.count * 2 }

  /// What ``guess(_:)`` answers when there is none.
  static var noGuess: UInt32 { .max }

  /// The row in the first slot for `code`: mostly the one sought, if it is there at all; the caller
  /// compares.
  func guess(_ code: UInt64) -> UInt32 {
    // A free slot's 0 becomes `noGuess`.
    slots[Int(truncatingIfNeeded: code) & (slots.count - 1)] &- 1
  }

  /// The row whose key hashes to `code` and is the one sought, or nil and the slot for it.
  func find(_ code: UInt64, isSought: (Int) -> Bool) -> (slot: Int, row: UInt32?) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: code) & mask
    while slots[slot] != 0 {
      if isSought(Int(slots[slot] - 1)) { return (slot, slots[slot] - 1) }
      slot = (slot + 1) & mask
    }
    return (slot, nil)
  }

  /// Puts the next row into a free slot that ``find(_:isSought:)`` answered, and answers the row.
  mutating func fill(_ slot: Int) -> UInt32 {
    precondition(slots[slot] == 0)
    count += 1
    slots[slot] = count
    return count - 1
  }

  /// Doubles the slots; `code` hashes the key of a row.
  mutating func grow(_ code: (Int) -> UInt64) {
    let mask = slots.count * 2 - 1
    slots = Array(repeating: 0, count: mask + 1)
    for row in 0..<Int(count) {
      var slot = Int(truncatingIfNeeded: code(row)) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(row + 1)
    }
  }
}
