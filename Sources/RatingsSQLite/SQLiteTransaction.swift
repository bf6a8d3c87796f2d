import Errors
import GRDB
package import Ratings

/// The SQL of a ``SQLiteStore``.
package final class SQLiteTransaction: StoreTransaction {
  let database: Database
  /// The store's name in errors.
  let storeName: String
  /// The cached statement of the query over the user's own tables for one user.
  let lookup: KeptStatement
  /// Set by the first write of ratings.
  package var fill: OrderedFill?
  /// The statement that recreates the index dropped for the fill.
  var indexToRebuild: String?

  /// Wraps the transaction that is open on `database`.
  init(_ database: Database, storeName: String, lookup: KeptStatement = KeptStatement()) {
    self.database = database
    self.storeName = storeName
    self.lookup = lookup
  }

  /// "Latn": marks the file as Latent's (`pragma application_id`).
  private static let applicationID: Int32 = 0x4C61_746E

  private var isLatents: Bool {
    get throws {
      try Int32.fetchOne(database, sql: "pragma application_id") == Self.applicationID
    }
  }

  package func appliedMigrations() throws -> [Migration] {
    guard try isLatents else {
      guard try Int.fetchOne(database, sql: "select count(*) from sqlite_schema") == 0 else {
        throw StoreError(
          .foreign, "the file is an SQLite database, but not Latent's", place: storeName,
          remedy: "Name another file, or read ratings from your own tables with a query.")
      }
      return []
    }
    let rows = try Row.fetchAll(database, sql: "select name, script from migration order by name")
    return rows.map { Migration($0[0] as String, Array(($0[1] as String).utf8)) }
  }

  package func apply(_ migration: Migration) throws {
    if try !isLatents {
      try database.execute(sql: "pragma application_id = \(Self.applicationID)")
      try database.execute(
        sql: """
          create table migration (
            name text primary key, script text not null, applied_at text not null
          ) strict
          """)
    }
    try database.execute(sql: migration.script)
    try database.execute(
      sql: "insert into migration values (?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
      arguments: [migration.name, migration.script])
  }

  package func settings() throws -> StoreSettings {
    let row = try Row.fetchOne(
      database,
      sql: """
        select user_id_type, item_id_type, scale_minimum, scale_maximum, feedback
        from store_settings
        """)
    var settings = StoreSettings(
      userType: (row?[0] as String?).flatMap(IdentifierType.init),
      itemType: (row?[1] as String?).flatMap(IdentifierType.init),
      feedback: (row?[4] as String?).flatMap(Feedback.init))
    if let minimum = row?[2] as Double?, let maximum = row?[3] as Double? {
      settings.scale = RatingScale(minimum: Float(minimum), maximum: Float(maximum))
    }
    return settings
  }

  package func save(_ settings: StoreSettings, over old: StoreSettings) throws {
    try database.execute(
      sql: """
        update store_settings
        set user_id_type = ?, item_id_type = ?, scale_minimum = ?, scale_maximum = ?, feedback = ?
        """,
      arguments: [
        settings.userType?.rawValue, settings.itemType?.rawValue,
        settings.scale.map { Double($0.minimum) }, settings.scale.map { Double($0.maximum) },
        settings.feedback?.rawValue,
      ])
  }

  package func summary() throws -> StoreSummary {
    func count(_ sql: String) throws -> Int {
      try Int.fetchOne(database, sql: "select count(*) from " + sql) ?? 0
    }
    // Grouping walks an index; `count(distinct ...)` would build a temporary table.
    return StoreSummary(
      ratingCount: try count("rating"),
      userCount: try count("(select 1 from rating group by user_id)"),
      itemCount: try count("(select item_id from rating union select item_id from item)"))
  }

  package func users(after: UserID?, limit: Int) throws -> [Counted<UserID>] {
    try Row.fetchAll(
      database,
      sql: """
        select user_id, count(*) from rating \(after == nil ? "" : "where user_id > ?1")
        group by user_id order by user_id limit ?2
        """, arguments: [after?.databaseValue, limit]
    ).map { Counted(try identifier($0, 0), ratingCount: $0[1] as Int) }
  }

  package func dateOfAddition(ofFile digest: String) throws -> String? {
    try String.fetchOne(
      database, sql: "select added_at from added_file where digest = ?", arguments: [digest])
  }

  package func noteAddition(ofFile digest: String, at time: Timestamp) throws {
    try database.execute(
      sql: "insert into added_file values (?, ?)", arguments: [digest, time.description])
  }

  package func record(_ run: RunRecord) throws {
    try database.execute(
      sql: """
        insert into training_run (model_name, version, outcome, started_at, record)
        values (?, ?, ?, ?, ?)
        """,
      arguments: [run.modelName, run.version, run.outcome, run.startedAt, run.record])
  }

  /// Returns the id in the column at `index` of a row. Throws if it is neither an integer nor a text, which
  /// Latent never writes.
  func identifier<Entity>(_ row: Row, _ index: Int) throws(StoreError) -> Identifier<Entity> {
    switch (row[index] as DatabaseValue).storage {
    case .int64(let integer): return Identifier(integer)
    case .string(let text): return Identifier(text)
    default: throw .damaged(storeName)
    }
  }
}

extension Identifier {
  /// The id as a statement argument.
  var databaseValue: DatabaseValue {
    switch value {
    case .integer(let integer): integer.databaseValue
    case .text(let text): text.databaseValue
    }
  }
}
