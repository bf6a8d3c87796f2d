import Ratings

/// Ratings while a table is being built: rows of 12 bytes until the first one with a time, of 20 from then on.
struct RatingRows: ~Copyable {
  private enum Held {
    case untimed(ArrivedRows<UntimedRow>)
    case timed(ArrivedRows<TimedRow>)
  }

  private var held = Held.untimed(ArrivedRows())
  private(set) var count = 0

  init() {}

  /// Appends the rows of a batch whose users and items already have provisional rows.
  mutating func append(users: [UInt32], items: [UInt32], values: [Float], times: [Int64]) {
    precondition(users.count == values.count && items.count == values.count)
    precondition(times.count == values.count)
    if case .untimed(let arrived) = held, times.contains(where: { $0 != Timestamp.missing }) {
      held = .timed(arrived.withTimes())
    }
    func append<Row>(to arrived: ArrivedRows<Row>) {
      arrived.rows.append(count: values.count, from: arrived.pool) {
        Row(user: users[$0], item: items[$0], value: values[$0], time: times[$0])
      }
    }
    switch held {
    case .untimed(let arrived): append(to: arrived)
    case .timed(let arrived): append(to: arrived)
    }
    count += values.count
  }

  /// Returns the rows as a table: renumbered by `userPlaces` and `itemPlaces`, sorted and deduplicated. Their memory is
  /// released as the table fills.
  consuming func table(
    userIdentifiers: IdentifierColumn, userPlaces: [UInt32], itemIdentifiers: IdentifierColumn,
    itemPlaces: [UInt32], keepingTimes: Bool
  ) -> InteractionTable {
    func finish<Row>(_ arrived: ArrivedRows<Row>) -> InteractionTable {
      let rows = arrived.rows
      for index in rows.blocks.indices {
        let rows = rows.rows(ofBlock: index)
        for position in rows.indices {
          rows[position].user = userPlaces[Int(rows[position].user)]
          rows[position].item = itemPlaces[Int(rows[position].item)]
        }
      }
      let sorter = RowSorter(arrived.pool, userCount: userPlaces.count, itemCount: itemPlaces.count)
      return InteractionTable(
        userIdentifiers: userIdentifiers, itemIdentifiers: itemIdentifiers, capacity: rows.count,
        keepingTimes: keepingTimes
      ) { sorter.sort(rows, into: &$0) }
    }
    switch held {
    case .untimed(let arrived): return finish(arrived)
    case .timed(let arrived): return finish(arrived)
    }
  }
}

/// Rows of one type and the pool that owns their memory.
private final class ArrivedRows<Row: RatingRow> {
  let pool = BlockPool<Row>()
  var rows = RowBlocks<Row>()

  init() {}
}

extension ArrivedRows<UntimedRow> {
  /// Returns the same rows with room for times, releasing their memory block by block.
  func withTimes() -> ArrivedRows<TimedRow> {
    let timed = ArrivedRows<TimedRow>()
    for index in rows.blocks.indices {
      let block = rows.rows(ofBlock: index)
      timed.rows.append(count: block.count, from: timed.pool) {
        TimedRow(
          user: block[$0].user, item: block[$0].item, value: block[$0].value,
          time: Timestamp.missing)
      }
      pool.release(rows.blocks[index])
    }
    return timed
  }
}

extension InteractionTable {
  /// Creates a table of at most `capacity` rows, which `fill` appends in order. Memory beyond the final rows is never
  /// touched.
  fileprivate init(
    userIdentifiers: IdentifierColumn, itemIdentifiers: IdentifierColumn, capacity: Int,
    keepingTimes: Bool, _ fill: (inout TableColumns) -> Void
  ) {
    var (items, values, times) = ([UInt32](), [Float](), [Int64]())
    let users = Self.column(capacity) { users in
      var count = 0
      items = Self.column(capacity) { items in
        values = Self.column(capacity) { values in
          times = Self.column(keepingTimes ? capacity : 0) { times in
            var columns = TableColumns(
              users: users, items: items, values: values, times: keepingTimes ? times : nil)
            fill(&columns)
            count = columns.count
            return keepingTimes ? count : 0
          }
          return count
        }
        return count
      }
      return count
    }
    self.init(
      userIdentifiers: userIdentifiers, itemIdentifiers: itemIdentifiers, users: users,
      items: items, values: values, times: keepingTimes ? times : nil)
  }

  /// Returns an array of at most `capacity` elements. `fill` writes them and returns their number.
  private static func column<Element: BitwiseCopyable>(
    _ capacity: Int, _ fill: (UnsafeMutablePointer<Element>) -> Int
  ) -> [Element] {
    Array(unsafeUninitializedCapacity: max(capacity, 1)) { buffer, count in
      if let start = buffer.baseAddress { count = fill(start) }
    }
  }
}

/// A rating while a table is being built, with rows instead of ids. The two conforming types take 12 bytes without a
/// time and 20 with one.
protocol RatingRow: BitwiseCopyable {
  var user: UInt32 { get set }
  var item: UInt32 { get set }
  var value: Float { get }
  /// Microseconds since 1970; ``Timestamp/missing`` if there is none.
  var time: Int64 { get }

  init(user: UInt32, item: UInt32, value: Float, time: Int64)
}

/// A rating that discards its time.
struct UntimedRow: RatingRow {
  var user: UInt32
  var item: UInt32
  var value: Float

  var time: Int64 { Timestamp.missing }

  init(user: UInt32, item: UInt32, value: Float, time: Int64) {
    (self.user, self.item, self.value) = (user, item, value)
  }
}

/// A rating with a time. The time is stored as two halves: a 64-bit field would be aligned to 8 bytes and pad the row
/// to 24.
struct TimedRow: RatingRow {
  var user: UInt32
  var item: UInt32
  var value: Float
  private var timeLow: UInt32
  private var timeHigh: UInt32

  var time: Int64 { Int64(bitPattern: UInt64(timeHigh) << 32 | UInt64(timeLow)) }

  init(user: UInt32, item: UInt32, value: Float, time: Int64) {
    (self.user, self.item, self.value) = (user, item, value)
    timeLow = UInt32(truncatingIfNeeded: time)
    timeHigh = UInt32(truncatingIfNeeded: time >> 32)
  }
}

/// The columns of an ``InteractionTable`` while it is filled with rows ordered by (user, item, arrival). Of several
/// rows of one pair, the newest is kept if both have a time, else the later.
struct TableColumns {
  let users: UnsafeMutablePointer<UInt32>
  let items: UnsafeMutablePointer<UInt32>
  let values: UnsafeMutablePointer<Float>
  /// The times; nil if they are not kept. Times decide between duplicates in either case.
  let times: UnsafeMutablePointer<Int64>?
  /// The number of rows so far.
  private(set) var count = 0
  private(set) var lastTime = Timestamp.missing

  /// Appends a row, or resolves a duplicate of the last one.
  mutating func append(_ row: some RatingRow) {
    let last = count - 1
    if last < 0 || users[last] != row.user || items[last] != row.item {
      count += 1
    } else if Timestamp.isNewer(lastTime, than: row.time) {
      return
    }
    users[count - 1] = row.user
    items[count - 1] = row.item
    values[count - 1] = row.value
    times?[count - 1] = row.time
    lastTime = row.time
  }
}
