import Errors
package import Ratings

extension PostgresStore {
  /// All steps of the schema, in order.
  static let migrations = [
    Migration("0001_ratings", PackageResources._001_ratings_sql),
    Migration("0002_forgotten", PackageResources._002_forgotten_sql),
  ]

  package func pendingMigrations() throws(StoreError) -> [String] {
    try withConnectionAlone(.readingForeign) { try pending($0).map(\.name) }
  }

  package func migrate() throws(StoreError) -> [String] {
    try storeErrors {
      let connection = try connect()
      var applied: [String] = []
      while let name = try applyNext(connection) { applied.append(name) }
      return applied
    }
  }

  /// Throws unless the schema is there and this program's.
  func requireMigrated(_ connection: PostgresConnection) throws {
    try Migration.requireNone(
      pending: pending(connection), of: Self.migrations, store: name)
  }

  /// Applies the next migration, if there is one, in a transaction of its own.
  private func applyNext(_ connection: PostgresConnection) throws -> String? {
    try begin(connection, "read write")
    try lock(connection)
    guard let next = try pending(connection).first else {
      try connection.execute("rollback")
      return nil
    }
    if next == Self.migrations.first {
      // One who may not make schemas can have the database's owner make it.
      if try connection.query("select to_regnamespace('latent')").text(0, 0) == nil {
        try connection.execute("create schema latent")
      }
      try connection.execute(
        """
        create table latent.migration (
          name text collate "C" primary key, script text not null,
          applied_at timestamptz not null default now())
        """)
    }
    try connection.execute(next.script)
    _ = try connection.query(
      "insert into latent.migration (name, script) values ($1, $2)", [next.name, next.script])
    try connection.execute("commit")
    return next.name
  }

  private func pending(_ connection: PostgresConnection) throws -> [Migration] {
    if try connection.query("select to_regclass('latent.migration')").text(0, 0) == nil {
      let strangers = try connection.query(
        "select count(*) from pg_class where relnamespace = to_regnamespace('latent')")
      guard strangers.text(0, 0) == "0" else {
        throw StoreError(
          .foreign, "the schema latent holds tables that are not Latent's", place: name,
          remedy: "Use another database, or rename that schema.")
      }
      return Self.migrations
    }
    let rows = try connection.query("select name, script from latent.migration order by name")
    let applied = (0..<rows.count).map { row in
      Migration(rows.text(row, 0) ?? "", Array((rows.text(row, 1) ?? "").utf8))
    }
    return try Migration.pending(of: Self.migrations, applied: applied, store: name)
  }
}
