import GRDB
import GRDBSQLite
package import Ratings

/// Access to single pairs in the ratings table, for sessions.
extension SQLiteTransaction {
  package func states(of pairs: RatingBatch) throws -> [RatingState?] {
    let statement = try database.cachedStatement(
      sql: "select value, rated_at from rating where user_id = ?1 and item_id = ?2")
    var states: [RatingState?] = []
    states.reserveCapacity(pairs.count)
    try forEachPair(of: pairs, bindingTo: statement) { _ in
      states.append(try statement.step(database) ? statement.ratingState(from: 0) : nil)
    }
    return states
  }

  package func put(_ batch: RatingBatch) throws {
    let statement = try database.cachedStatement(
      sql: """
        insert into rating (\(Self.columns)) values (?1, ?2, ?3, ?4)
        on conflict do update set value = excluded.value, rated_at = excluded.rated_at
        """)
    try forEachPair(of: batch, bindingTo: statement) { row in
      statement.bind(RatingState(value: batch.values[row], time: batch.times[row]), from: 3)
      _ = try statement.run(database)
    }
  }

  package func remove(_ pairs: RatingBatch) throws {
    let statement = try database.cachedStatement(
      sql: "delete from rating where user_id = ?1 and item_id = ?2")
    try forEachPair(of: pairs, bindingTo: statement) { _ in _ = try statement.run(database) }
  }

  /// Calls `body` for each row of `batch`, with its pair bound to the statement's first two parameters.
  private func forEachPair(
    of batch: RatingBatch, bindingTo statement: Statement, _ body: (Int) throws -> Void
  ) throws {
    defer {
      sqlite3_reset(statement.sqliteStatement)
      // The bound texts are only valid in this scope.
      sqlite3_clear_bindings(statement.sqliteStatement)
    }
    try batch.users.withBindings { users in
      try batch.items.withBindings { items in
        for row in 0..<batch.count {
          sqlite3_reset(statement.sqliteStatement)
          users.bind(row, to: statement, parameter: 1)
          items.bind(row, to: statement, parameter: 2)
          try body(row)
        }
      }
    }
  }
}
