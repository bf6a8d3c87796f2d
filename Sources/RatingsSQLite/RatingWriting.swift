import Foundation
import GRDB
import GRDBSQLite
package import Ratings

/// Writing to the ratings table. It first reads what the table holds of a batch's pairs. New pairs are then
/// inserted, many rows per statement, and changed pairs are updated.
extension SQLiteTransaction {
  /// The number of rows per insert: beyond a few dozen, the statement itself no longer dominates the time.
  private static let rowsPerInsert = 64

  package func write(
    _ batch: RatingBatch, _ rule: WriteRule, _ ledger: inout ReplacementLedger
  ) throws -> WriteTally {
    let replay = UpsertReplay(batch, rule)
    let known =
      try isFilling(replay, batch) ? replay.nothingKnown : try knownStates(replay, of: batch)
    let (states, tally) = replay.run(over: known, &ledger)
    try replay.requireFinite(states, store: storeName)
    try batch.users.withBindings { users in
      try batch.items.withBindings { items in
        let slots = Slots(users: users, items: items, rows: replay.firstRows, states: states)
        try insert(slots, states.indices.filter { known[$0] == nil })
        try update(slots, states.indices.filter { known[$0] != nil && known[$0] != states[$0] })
      }
    }
    return tally
  }

  private func insert(_ slots: Slots, _ new: [Int]) throws {
    var rest = new[...]
    while !rest.isEmpty {
      let part = rest.prefix(rest.count < Self.rowsPerInsert ? 1 : Self.rowsPerInsert)
      let row = "(?, ?, ?, ?)"
      let values = repeatElement(row, count: part.count).joined(separator: ", ")
      // With "or fail", SQLite need not journal the pages that each statement changes in order to undo it
      // alone, which would write more than the rows. An error ends the whole transaction anyway.
      let statement = try database.cachedStatement(
        sql: "insert or fail into rating (\(Self.columns)) values \(values)")
      // The bound texts are only valid in this scope.
      defer { sqlite3_clear_bindings(statement.sqliteStatement) }
      // Repeats the statement while there are enough rows, without preparing it again.
      while rest.count >= part.count {
        for (position, slot) in rest.prefix(part.count).enumerated() {
          slots.bind(slot, to: statement, from: Int32(4 * position + 1))
        }
        _ = try statement.run(database)
        rest = rest.dropFirst(part.count)
      }
    }
  }

  private func update(_ slots: Slots, _ changed: [Int]) throws {
    guard !changed.isEmpty else { return }
    let statement = try database.cachedStatement(
      sql: "update rating set value = ?3, rated_at = ?4 where user_id = ?1 and item_id = ?2")
    defer { sqlite3_clear_bindings(statement.sqliteStatement) }
    for slot in changed {
      slots.bind(slot, to: statement, from: 1)
      _ = try statement.run(database)
    }
  }

  /// Returns what the table holds for each slot's pair; nil where it has no rating.
  ///
  /// Sorted pairs are followed through the table row by row while they are close together, and sought
  /// otherwise.
  private func knownStates(
    _ replay: UpsertReplay, of batch: RatingBatch
  ) throws -> [RatingState?] {
    var states = replay.nothingKnown
    var cursor = try PairCursor(database)
    defer { cursor.close() }
    try batch.users.withBindings { users in
      try batch.items.withBindings { items in
        for (slot, row) in replay.firstRows.enumerated() {
          if try cursor.find(users, items, row, isBehindLast: replay.isInOrder && slot > 0) {
            states[slot] = cursor.state
          }
        }
      }
    }
    return states
  }
}

/// Filling of an empty table. Its pairs arrive in order and need not be looked up. Its index by item, whose
/// entries would arrive out of order, is built at the end.
extension SQLiteTransaction {
  package func finishWriting() throws {
    if let indexToRebuild { try database.execute(sql: indexToRebuild) }
    indexToRebuild = nil
  }

  package func beginFilling() throws -> Bool {
    guard try Bool.fetchOne(database, sql: "select not exists (select 1 from rating)") == true
    else { return false }
    indexToRebuild = try String.fetchOne(
      database, sql: "select sql from sqlite_schema where name = 'rating_by_item'")
    if indexToRebuild != nil { try database.execute(sql: "drop index rating_by_item") }
    return true
  }
}

/// The pairs of a batch and the states to write, valid within the scope of the bindings.
private struct Slots {
  let users: IdentifierBindings
  let items: IdentifierBindings
  let rows: [Int]
  let states: [RatingState]

  /// Binds a slot to the four parameters from `parameter` on.
  func bind(_ slot: Int, to statement: Statement, from parameter: Int32) {
    users.bind(rows[slot], to: statement, parameter: parameter)
    items.bind(rows[slot], to: statement, parameter: parameter + 1)
    statement.bind(states[slot], from: parameter + 2)
  }
}

/// A cursor that finds pairs in the ratings table.
private struct PairCursor {
  private let database: Database
  private let statement: Statement
  /// Whether the statement is at a row.
  private var isAtRow = false
  /// The maximum number of rows to step over before seeking a pair from the root of the tree.
  private static let stepLimit = 8

  init(_ database: Database) throws {
    self.database = database
    statement = try database.cachedStatement(
      sql: """
        select user_id, item_id, value, rated_at from rating
        where (user_id, item_id) >= (?1, ?2) order by user_id, item_id
        """)
  }

  /// The state in the row of the last pair found.
  var state: RatingState { statement.ratingState(from: 2) }

  /// Returns whether the table holds the pair at `row` of the batch; `isBehindLast` says that the last pair
  /// sought sorts before it.
  mutating func find(
    _ users: IdentifierBindings, _ items: IdentifierBindings, _ row: Int, isBehindLast: Bool
  ) throws -> Bool {
    func standing() -> ComparisonOrder {
      let order = users.order(row, statement, column: 0)
      return order == .same ? items.order(row, statement, column: 1) : order
    }
    if isBehindLast {
      // Pairs beyond the last row are not in the table.
      guard isAtRow else { return false }
      var order = standing()
      var steps = 0
      while order == .behind, steps < Self.stepLimit {
        isAtRow = try statement.step(database)
        guard isAtRow else { return false }
        order = standing()
        steps += 1
      }
      if order != .behind { return order == .same }
    }
    sqlite3_reset(statement.sqliteStatement)
    users.bind(row, to: statement, parameter: 1)
    items.bind(row, to: statement, parameter: 2)
    isAtRow = try statement.step(database)
    return isAtRow && standing() == .same
  }

  /// Resets the statement and clears the bound texts.
  mutating func close() {
    sqlite3_reset(statement.sqliteStatement)
    sqlite3_clear_bindings(statement.sqliteStatement)
  }
}

/// The order of one id relative to another.
private enum ComparisonOrder {
  case before, same, behind
}

extension IdentifierBindings {
  /// Compares the id at `position` with the one in `column` of the statement's row, in SQLite's order:
  /// integers by value and before all texts, texts by their bytes.
  fileprivate func order(
    _ position: Int, _ statement: Statement, column: Int32
  ) -> ComparisonOrder {
    let isText = statement.type(of: column) == SQLITE_TEXT
    switch self {
    case .integers(let integers):
      if isText { return .before }
      let other = sqlite3_column_int64(statement.sqliteStatement, column)
      return integers[position] < other ? .before : integers[position] == other ? .same : .behind
    case .texts:
      guard isText else { return .behind }
      let own = text(position)
      return statement.withText(column) { other in
        other.withUnsafeBytes { other in
          let common = min(own.count, other.count)
          var order: Int32 = 0
          if common > 0, let left = own.baseAddress, let right = other.baseAddress {
            order = memcmp(left, right, common)
          }
          if order == 0 { order = Int32(own.count - other.count) }
          return order < 0 ? .before : order == 0 ? .same : .behind
        }
      }
    }
  }
}
