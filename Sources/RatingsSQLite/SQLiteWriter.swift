import Errors
import GRDB
import GRDBSQLite
package import Ratings

extension SQLiteStore {
  package func write<Result>(_ body: (any RatingsWriter) throws -> Result) throws -> Result {
    try withDatabase(.writing) { database in
      let writer = SQLiteWriter(
        database, settings: try StoreSettings(database), store: self)
      defer { writer.end() }
      let result = try body(writer)
      if let failure = writer.failure { throw failure }
      return result
    }
  }
}

/// Writes within one transaction of an ``SQLiteStore``.
final class SQLiteWriter: RatingsWriter {
  private(set) var settings: StoreSettings
  /// The first error of the database. The transaction can't be committed after it, even if the
  /// writing code took no notice.
  private(set) var failure: StoreError?
  private let store: SQLiteStore
  private var openDatabase: Database?
  private var ledger = ReplacementLedger()

  init(_ database: Database, settings: StoreSettings, store: SQLiteStore) {
    openDatabase = database
    self.settings = settings
    self.store = store
  }

  /// Ends the writer's use: later calls trap.
  func end() { openDatabase = nil }

  func fixTypes(user: IdentifierType, item: IdentifierType) throws(StoreError) {
    let fixed = try settings.fixingTypes(user: user, item: item, store: store.name)
    try change { try fixed.save($0) }
    settings = fixed
  }

  func fixScale(_ scale: RatingScale) throws(StoreError) {
    let extremes = try change { database in
      try Row.fetchOne(
        database,
        sql: "select min(value), max(value) from rating having count(*) > 0"
      ).map { (lowest: Float($0[0] as Double), highest: Float($0[1] as Double)) }
    }
    let fixed = try settings.fixingScale(scale, extremes: extremes, store: store.name)
    try change { try fixed.save($0) }
    settings = fixed
  }

  func hasValue(otherThan value: Float) throws(StoreError) -> Bool {
    try change { database in
      try Bool.fetchOne(
        database, sql: "select exists (select 1 from rating where value <> ?)",
        arguments: [Double(value)]) ?? false
    }
  }

  func upsert(_ batch: borrowing RatingBatch) throws(StoreError) -> WriteTally {
    try settings.check(batch, store: store.name)
    // `borrowing` parameters can't be captured by a closure; copying the batch copies no element.
    let batch = copy batch
    return try change { try Self.upsert(batch, $0, &ledger) }
  }

  func upsert(_ items: [Item]) throws(StoreError) -> WriteTally {
    try settings.check(items, store: store.name)
    return try change { database in
      var tally = WriteTally()
      for item in items { tally += try Self.upsert(item, database) }
      return tally
    }
  }

  func forgottenUsers() throws(StoreError) -> ForgottenUsers {
    try change { try $0.forgottenUsers() }
  }

  func readmit(_ users: some Collection<UserID>) throws(StoreError) {
    try change { database in
      guard let key = try database.forgettingKey() else { return }
      let delete = try database.cachedStatement(sql: "delete from forgotten_user where digest = ?")
      for user in users { try delete.execute(arguments: [key.digest(of: user)]) }
    }
  }

  /// Runs `body` on the open database and keeps its error in mind.
  private func change<Result>(
    _ body: (Database) throws -> Result
  ) throws(StoreError) -> Result {
    guard let openDatabase else { preconditionFailure("the transaction is over") }
    if let failure { throw failure }
    do {
      return try body(openDatabase)
    } catch {
      let problem =
        error as? StoreError ?? (error as? DatabaseError).map {
          store.storeError($0, while: .writing)
        }
        ?? StoreError(.failed, "\(error)", place: store.name, remedy: "Please report this.")
      failure = problem
      throw problem
    }
  }
}

extension SQLiteWriter {
  /// Writes row by row, in order: an insert, and where the pair is there already and has to give
  /// way, an update.
  private static func upsert(
    _ batch: RatingBatch, _ database: Database, _ ledger: inout ReplacementLedger
  ) throws -> WriteTally {
    let insert = try database.cachedStatement(
      sql: "insert into rating values (?1, ?2, ?3, ?4) on conflict do nothing")
    let select = try database.cachedStatement(
      sql: "select value, rated_at from rating where user_id = ?1 and item_id = ?2")
    let update = try database.cachedStatement(
      sql: "update rating set value = ?3, rated_at = ?4 where user_id = ?1 and item_id = ?2")
    var tally = WriteTally()
    try batch.users.withBindings { users in
      try batch.items.withBindings { items in
        func bindPair(_ row: Int, to statement: Statement) {
          users.bind(row, to: statement, parameter: 1)
          items.bind(row, to: statement, parameter: 2)
        }
        func write(_ statement: Statement, _ row: Int) throws -> Int {
          let handle = statement.sqliteStatement
          bindPair(row, to: statement)
          sqlite3_bind_double(handle, 3, Double(batch.values[row]))
          if batch.times[row] == Timestamp.missing {
            sqlite3_bind_null(handle, 4)
          } else {
            sqlite3_bind_int64(handle, 4, batch.times[row])
          }
          return try statement.run(database)
        }
        defer {
          // The bound texts go with the scope.
          for statement in [insert, select, update] {
            sqlite3_clear_bindings(statement.sqliteStatement)
          }
        }
        for row in 0..<batch.count {
          if try write(insert, row) > 0 {
            tally.added += 1
            continue
          }
          bindPair(row, to: select)
          let old = try select.ratingState(database)
          let new = RatingState(value: batch.values[row], time: batch.times[row])
          if old.isReplaced(by: new) {
            _ = try write(update, row)
            tally += ledger.replace(
              user: batch.users.identifier(at: row), item: batch.items.identifier(at: row), old,
              by: new)
          } else {
            tally.unchanged += 1
          }
        }
      }
    }
    return tally
  }

  /// Writes one item. One without title and attributes is not kept: nothing is known of it.
  private static func upsert(_ item: Item, _ database: Database) throws -> WriteTally {
    let known = try database.item(item.id, orRated: false)
    let isEmpty = item.title == nil && item.attributes.isEmpty
    if known == item || (known == nil && isEmpty) { return WriteTally(unchanged: 1) }
    if known != nil {
      // Its attributes go with it.
      try database.cachedStatement(sql: "delete from item where item_id = ?")
        .execute(arguments: [item.id.databaseValue])
    }
    if !isEmpty {
      try database.cachedStatement(sql: "insert into item values (?, ?)")
        .execute(arguments: [item.id.databaseValue, item.title])
    }
    let insert = try database.cachedStatement(sql: "insert into item_attribute values (?, ?, ?, ?)")
    for (position, attribute) in item.attributes.enumerated() {
      try insert.execute(
        arguments: [item.id.databaseValue, position, attribute.name, attribute.value])
    }
    return known == nil ? WriteTally(added: 1) : WriteTally(replaced: 1)
  }
}
