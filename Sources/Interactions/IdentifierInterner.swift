import Foundation
import Ratings

/// Assigns each distinct id a provisional row in order of first appearance. At the end it returns the ids in ascending
/// order, with the final position of each provisional row.
///
/// The hash is reseeded in every process, so that nobody can construct colliding ids. No result depends on the seed.
struct IdentifierInterner {
  private enum Keys {
    case integers([Int64])
    case texts(TextArena)
  }

  private var keys: Keys
  private var slots = RowSlots()
  private let seed = UInt64.random(in: .min ... .max)
  private let limit: Int

  /// Creates an interner for at most `limit` ids of the given type.
  init(type: IdentifierType, limit: Int) {
    precondition(limit < Int(UInt32.max))
    switch type {
    case .integer: keys = .integers([])
    case .text: keys = .texts(TextArena())
    }
    self.limit = limit
  }

  /// The type of the interned ids.
  var type: IdentifierType {
    switch keys {
    case .integers: .integer
    case .texts: .text
    }
  }

  /// Writes the provisional row of each id in `column` to `rows`.
  ///
  /// Returns false, leaving `rows` undefined, if the number of distinct ids would exceed the limit. Traps if the column
  /// is of the other type.
  mutating func intern(
    _ column: IdentifierColumn, into rows: UnsafeMutableBufferPointer<UInt32>
  ) -> Bool {
    switch (keys, column) {
    case (.integers(var integers), .integers(let column)):
      keys = .integers([])  // leave one owner, so that adding does not copy
      defer { keys = .integers(integers) }
      return intern(column, among: &integers, into: rows)
    case (.texts(var arena), .texts(let column)):
      keys = .texts(TextArena())
      defer { keys = .texts(arena) }
      return intern(column, among: &arena, into: rows)
    default:
      preconditionFailure("ids of the other type")
    }
  }

  /// Returns the ids in ascending order and the position of each provisional row among them.
  consuming func sorted() -> (identifiers: IdentifierColumn, places: [UInt32]) {
    let order: [UInt32]
    let identifiers: IdentifierColumn
    switch keys {
    case .integers(let integers):
      order = ascending(integers.count) { integers[$0] < integers[$1] }
      identifiers = .integers(order.map { integers[Int($0)] })
    case .texts(let arena):
      order = arena.withTexts { texts in
        ascending(texts.count) { texts[$0].precedes(texts[$1]) }
      }
      identifiers = .texts(arena.column(in: order))
    }
    var places = [UInt32](repeating: 0, count: order.count)
    for (place, row) in order.enumerated() { places[Int(row)] = UInt32(place) }
    return (identifiers, places)
  }

  private mutating func intern(
    _ column: [Int64], among integers: inout [Int64],
    into rows: UnsafeMutableBufferPointer<UInt32>
  ) -> Bool {
    let seed = seed
    func code(_ key: Int64) -> UInt64 { mixed(UInt64(bitPattern: key) ^ seed) }
    // Lookups of unordered ids nearly always miss the cache. The first probes of a block are issued back to back, so
    // that their memory latencies overlap.
    for start in stride(from: 0, to: column.count, by: 32) {
      let block = start..<min(start + 32, column.count)
      for position in block { rows[position] = slots.guess(code(column[position])) }
      for position in block {
        let key = column[position]
        let guess = rows[position]
        if guess != RowSlots.noGuess, integers[Int(guess)] == key { continue }
        let found = slots.find(code(key)) { integers[$0] == key }
        if let row = found.row {
          rows[position] = row
          continue
        }
        guard integers.count < limit else { return false }
        rows[position] = slots.fill(found.slot)
        integers.append(key)
        if slots.isFull { slots.grow { code(integers[$0]) } }
      }
    }
    return true
  }

  private mutating func intern(
    _ column: TextColumn, among arena: inout TextArena,
    into rows: UnsafeMutableBufferPointer<UInt32>
  ) -> Bool {
    column.bytes.withUnsafeBytes { bytes in
      for position in 0..<column.count {
        let text = UnsafeRawBufferPointer(rebasing: bytes[column.range(at: position)])
        if position > 0, arena.holds(text, at: Int(rows[position - 1])) {
          rows[position] = rows[position - 1]
          continue
        }
        let code = hash(text)
        let found = slots.find(UInt64(code)) { arena.holds(text, code: code, at: $0) }
        if let row = found.row {
          rows[position] = row
        } else {
          guard arena.count < limit else { return false }
          rows[position] = slots.fill(found.slot)
          arena.append(text, code: code)
          if slots.isFull { slots.grow { UInt64(arena.code(at: $0)) } }
        }
      }
      return true
    }
  }

  /// Returns a 32-bit hash of `text`. It is stored with the text and suffices for a table of up to 2^32 slots.
  private func hash(_ text: UnsafeRawBufferPointer) -> UInt32 {
    var hasher = Hasher()
    hasher.combine(bytes: text)
    return UInt32(truncatingIfNeeded: hasher.finalize())
  }
}

/// Returns the indices 0 ..< count sorted ascending by the elements they refer to.
private func ascending(_ count: Int, _ precedes: (Int, Int) -> Bool) -> [UInt32] {
  var order = (0..<count).map { UInt32($0) }
  // Stores mostly deliver ids in order.
  if !(1..<max(count, 1)).allSatisfy({ precedes($0 - 1, $0) }) {
    order.sort { precedes(Int($0), Int($1)) }
  }
  return order
}

/// A hash table of rows: open addressing with linear probing, 4 bytes per slot, at most two thirds full. The owner
/// stores the keys, and compares and hashes them on request.
struct RowSlots {
  /// The row plus one in each slot; 0 in a free slot.
  private var slots: [UInt32] = Array(repeating: 0, count: 64)
  private var count: UInt32 = 0

  /// Whether the table needs to ``grow(_:)``.
  var isFull: Bool { Int(count) * 3 > slots.count * 2 }

  /// The value that ``guess(_:)`` returns for a free slot.
  static var noGuess: UInt32 { .max }

  /// Returns the row in the first slot for `code`. This is usually the row sought if it is present; the caller must
  /// compare.
  func guess(_ code: UInt64) -> UInt32 {
    // A free slot's 0 becomes `noGuess`.
    slots[Int(truncatingIfNeeded: code) & (slots.count - 1)] &- 1
  }

  /// Returns the row that hashes to `code` and satisfies `isSought`, or nil and the slot to insert it into.
  func find(_ code: UInt64, isSought: (Int) -> Bool) -> (slot: Int, row: UInt32?) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: code) & mask
    while slots[slot] != 0 {
      if isSought(Int(slots[slot] - 1)) { return (slot, slots[slot] - 1) }
      slot = (slot + 1) & mask
    }
    return (slot, nil)
  }

  /// Stores the next row in a free slot returned by ``find(_:isSought:)``, and returns the row.
  mutating func fill(_ slot: Int) -> UInt32 {
    precondition(slots[slot] == 0)
    count += 1
    slots[slot] = count
    return count - 1
  }

  /// Doubles the number of slots. `code` returns the hash of a row's key.
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

/// Distinct texts in one contiguous buffer, each with 32 bits of its hash, so that comparing and rehashing rarely read
/// the bytes.
struct TextArena {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  private var codes: [UInt32] = []

  var count: Int { ends.count }

  mutating func append(_ text: UnsafeRawBufferPointer, code: UInt32) {
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
    codes.append(code)
  }

  func code(at row: Int) -> UInt32 { codes[row] }

  func holds(_ text: UnsafeRawBufferPointer, code: UInt32, at row: Int) -> Bool {
    codes[row] == code && holds(text, at: row)
  }

  func holds(_ text: UnsafeRawBufferPointer, at row: Int) -> Bool {
    let start = row == 0 ? 0 : ends[row - 1]
    guard ends[row] - start == text.count else { return false }
    return bytes.withUnsafeBytes {
      text.isEmpty || memcmp($0.baseAddress! + start, text.baseAddress!, text.count) == 0
    }
  }

  /// Calls `body` with all texts, for comparisons.
  func withTexts<Result>(_ body: (Texts) -> Result) -> Result {
    bytes.withUnsafeBytes { bytes in
      ends.withUnsafeBufferPointer { body(Texts(bytes: bytes, ends: $0)) }
    }
  }

  /// Returns the texts in the given order.
  func column(in order: [UInt32]) -> TextColumn {
    var column = TextColumn()
    for row in order {
      let start = row == 0 ? 0 : ends[Int(row) - 1]
      column.append(utf8: bytes[start..<ends[Int(row)]])
    }
    return column
  }

  /// All texts of an arena, valid while its memory is held.
  struct Texts {
    fileprivate let bytes: UnsafeRawBufferPointer
    fileprivate let ends: UnsafeBufferPointer<Int>

    var count: Int { ends.count }

    subscript(row: Int) -> Text {
      Text(
        bytes: UnsafeRawBufferPointer(rebasing: bytes[(row == 0 ? 0 : ends[row - 1])..<ends[row]]))
    }
  }

  /// One text of an arena, valid while its memory is held.
  struct Text {
    fileprivate let bytes: UnsafeRawBufferPointer

    /// Whether this text precedes `other` bytewise, which is how ids are ordered.
    func precedes(_ other: Text) -> Bool {
      let shared = min(bytes.count, other.bytes.count)
      let order =
        shared == 0 ? 0 : memcmp(bytes.baseAddress!, other.bytes.baseAddress!, shared)
      return order < 0 || (order == 0 && bytes.count < other.bytes.count)
    }
  }
}
