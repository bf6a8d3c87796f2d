import Errors
package import Ratings

/// The SQL of a ``PostgresStore``.
package final class PostgresTransaction: StoreTransaction {
  let connection: PostgresConnection
  /// The store's name in errors.
  var storeName: String { connection.address.name }
  /// Set by the first write of ratings.
  package var fill: OrderedFill?
  /// Whether the pairs written so far were close together in the table, as when a file is imported again.
  var pairsLieClose = true
  /// Whether the table held none of the previous batch's pairs, and so probably none of the next.
  var pairsAreNew = false
  /// The statement that recreates the index dropped for the fill.
  var indexToRebuild: String?

  /// Wraps the transaction that is open on `connection`.
  init(_ connection: PostgresConnection) { self.connection = connection }

  package func appliedMigrations() throws -> [Migration] {
    guard try connection.query("select to_regclass('latent.migration')").text(0, 0) != nil else {
      let strangers = try connection.query(
        "select count(*) from pg_class where relnamespace = to_regnamespace('latent')")
      guard strangers.text(0, 0) == "0" else {
        throw StoreError(
          .foreign, "the schema latent holds tables not created by Latent", place: storeName,
          remedy: "Use another database, or rename that schema.")
      }
      return []
    }
    let rows = try connection.query("select name, script from latent.migration order by name")
    return (0..<rows.count).map { row in
      Migration(rows.text(row, 0) ?? "", Array((rows.text(row, 1) ?? "").utf8))
    }
  }

  package func apply(_ migration: Migration) throws {
    if migration == PostgresStore.migrations.first {
      // A user who may not create schemas can ask the database's owner to create it.
      let schema = try connection.query(
        """
        select to_regnamespace('latent'),
          format('grant create on database %I to %I', current_database(), current_user)
        """)
      if schema.text(0, 0) == nil {
        do { try connection.execute("create schema latent") } catch let failure as PostgresFailure
          where failure.sqlState == "42501"
        {
          let error = failure.storeError(at: connection.address)
          throw StoreError(
            error.code, error.problem, place: error.place,
            remedy: "Have the database's owner run: \(schema.text(0, 1) ?? "").")
        }
      }
      try connection.execute(
        """
        create table latent.migration (
          name text collate "C" primary key, script text not null,
          applied_at timestamptz not null default now())
        """)
    }
    try connection.execute(migration.script)
    _ = try connection.query(
      "insert into latent.migration (name, script) values ($1, $2)",
      [migration.name, migration.script])
  }

  package func settings() throws -> StoreSettings {
    let rows = try connection.query(
      """
      select user_id_type, item_id_type, scale_minimum, scale_maximum, feedback
      from latent.store_settings
      """)
    guard rows.count == 1 else { throw StoreError.damaged(storeName) }
    var settings = StoreSettings(
      userType: rows.text(0, 0).flatMap(IdentifierType.init),
      itemType: rows.text(0, 1).flatMap(IdentifierType.init),
      feedback: rows.text(0, 4).flatMap(Feedback.init))
    if rows.text(0, 2) != nil {
      settings.scale = RatingScale(
        minimum: try number(rows, 0, 2), maximum: try number(rows, 0, 3))
    }
    return settings
  }

  package func save(_ settings: StoreSettings, over old: StoreSettings) throws {
    // The columns are integers at first. The collation orders texts by their bytes.
    let textType = "text collate \"C\""
    if old.userType == nil, settings.userType == .text {
      try connection.execute("alter table latent.rating alter column user_id type \(textType)")
    }
    if old.itemType == nil, settings.itemType == .text {
      try connection.execute(
        """
        alter table latent.item_attribute drop constraint item_attribute_item;
        alter table latent.rating alter column item_id type \(textType);
        alter table latent.item alter column item_id type \(textType);
        alter table latent.item_attribute alter column item_id type \(textType);
        alter table latent.item_attribute add constraint item_attribute_item
          foreign key (item_id) references latent.item on delete cascade
        """)
    }
    _ = try connection.query(
      """
      update latent.store_settings
      set user_id_type = $1, item_id_type = $2, scale_minimum = $3, scale_maximum = $4,
        feedback = $5
      """,
      [
        settings.userType?.rawValue, settings.itemType?.rawValue,
        settings.scale.map { "\($0.minimum)" }, settings.scale.map { "\($0.maximum)" },
        settings.feedback?.rawValue,
      ])
  }

  package func summary() throws -> StoreSummary {
    func count(_ sql: String) throws -> Int {
      try number(connection.query("select count(*) from " + sql), 0, 0)
    }
    return StoreSummary(
      ratingCount: try count("latent.rating"),
      userCount: try count("(select 1 from latent.rating group by user_id) as grouped"),
      itemCount: try count(
        "(select item_id from latent.rating union select item_id from latent.item) as known"))
  }

  package func users(after: UserID?, limit: Int) throws -> [Counted<UserID>] {
    let type = try settings().userType
    let position: String?
    switch (after?.value, type) {
    case (.integer(let integer), .integer): position = String(integer)
    // No stored text contains a NUL, so what follows a text with one also follows its part before the NUL.
    case (.text(let text), .text): position = String(text.prefix { $0 != "\0" })
    // Integers sort before all texts.
    case (.text, _): return []
    case (.integer, _), (nil, _): position = nil
    }
    let rows = try connection.query(
      """
      select user_id, count(*) from latent.rating \(position == nil ? "" : "where user_id > $1")
      group by user_id order by user_id limit \(limit)
      """, position.map { [$0] } ?? [])
    return try (0..<rows.count).map { row in
      Counted(try identifier(rows, row, 0, type: type), ratingCount: try number(rows, row, 1))
    }
  }

  package func removeRatings(of user: UserID) throws -> Int {
    guard let parameter = user.parameter(for: try settings().userType) else { return 0 }
    return try connection.query("delete from latent.rating where user_id = $1", [parameter])
      .changedCount
  }

  package func forgettingKey() throws -> ForgettingKey? {
    try connection.query("select forgetting_key from latent.store_settings").text(0, 0)
      .flatMap(ForgettingKey.init(hexadecimal:))
  }

  package func save(_ key: ForgettingKey) throws {
    _ = try connection.query(
      "update latent.store_settings set forgetting_key = $1", [key.hexadecimal])
  }

  package func forgottenDigests() throws -> [String] {
    let rows = try connection.query("select digest from latent.forgotten_user")
    return (0..<rows.count).compactMap { rows.text($0, 0) }
  }

  package func isForgotten(_ digest: String) throws -> Bool {
    try connection.query(
      "select exists (select 1 from latent.forgotten_user where digest = $1)", [digest]
    ).text(0, 0) == "t"
  }

  package func addForgotten(_ digest: String, at time: Timestamp) throws {
    _ = try connection.query(
      "insert into latent.forgotten_user values ($1, $2) on conflict do nothing",
      [digest, time.description])
  }

  package func removeForgotten(_ digest: String) throws {
    _ = try connection.query("delete from latent.forgotten_user where digest = $1", [digest])
  }

  package func dateOfAddition(ofFile digest: String) throws -> String? {
    let rows = try connection.query(
      "select added_at from latent.added_file where digest = $1", [digest])
    return rows.count == 0 ? nil : rows.text(0, 0)
  }

  package func noteAddition(ofFile digest: String, at time: Timestamp) throws {
    _ = try connection.query(
      "insert into latent.added_file values ($1, $2)", [digest, time.description])
  }

  package func record(_ run: RunRecord) throws {
    _ = try connection.query(
      """
      insert into latent.training_run (model_name, version, outcome, started_at, record)
      values ($1, $2, $3, $4, $5)
      """,
      [
        run.modelName, run.version.map(String.init), run.outcome, run.startedAt, run.record,
      ])
  }
}

/// Ids and numbers in the cells of a result. All throw if a cell is invalid, which Latent never writes.
extension PostgresTransaction {
  /// Returns an id from a row.
  func identifier<Entity>(
    _ rows: PostgresResult, _ row: Int, _ column: Int, type: IdentifierType?
  ) throws -> Identifier<Entity> {
    switch (type, rows.text(row, column)) {
    case (.integer, let cell?):
      guard let integer = Int64(cell) else { throw StoreError.damaged(storeName) }
      return Identifier(integer)
    case (.text, let cell?):
      return Identifier(cell)
    default:
      throw StoreError.damaged(storeName)
    }
  }

  /// Returns a number from a row.
  func number<Number: LosslessStringConvertible>(
    _ rows: PostgresResult, _ row: Int, _ column: Int
  ) throws -> Number {
    guard let number = rows.text(row, column).flatMap(Number.init) else {
      throw StoreError.damaged(storeName)
    }
    return number
  }
}

extension Identifier {
  /// Returns the id as a parameter for a column of the given type; nil if no such column can hold it.
  func parameter(for columnType: IdentifierType?) -> String? {
    guard type == columnType, !description.utf8.contains(0) else { return nil }
    return description
  }
}
