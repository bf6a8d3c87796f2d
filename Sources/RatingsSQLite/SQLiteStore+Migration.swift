import Errors
import GRDB
package import Ratings

extension SQLiteStore {
  /// All steps of the schema, in order.
  static let migrations = [
    Migration("0001_ratings", PackageResources._001_ratings_sql),
    Migration("0002_forgotten", PackageResources._002_forgotten_sql),
  ]

  package func pendingMigrations() throws(StoreError) -> [String] {
    guard try fileExists() else {
      return Self.migrations.map(\.name)
    }
    return try withDatabaseAlone(.readingForeign) { try pending($0).map(\.name) }
  }

  package func migrate() throws(StoreError) -> [String] {
    try withDatabaseAlone(.migrating) { database in
      var applied: [String] = []
      while let name = try applyNext(database) { applied.append(name) }
      if !applied.isEmpty { try letReadersGoOn(database) }
      return applied
    }
  }

  /// Throws unless the file is Latent's and its schema is this program's.
  func requireMigrated(_ database: Database) throws {
    try Migration.requireNone(
      pending: pending(database), of: Self.migrations, store: name)
  }

  /// Puts the file into the mode in which a writer does not hold readers up. SQLite may refuse that
  /// without waiting while another connection is at work: tried again when that one is done.
  private func letReadersGoOn(_ database: Database) throws {
    for attempt in 1... {
      do { return try database.execute(sql: "pragma journal_mode = wal") } catch let error
        as DatabaseError where error.resultCode == .SQLITE_BUSY && attempt < 100
      {
        try database.inTransaction(.immediate) { .rollback }
      }
    }
  }

  /// Applies the next migration, if there is one, in a transaction of its own.
  private func applyNext(_ database: Database) throws -> String? {
    var applied: String?
    try database.inTransaction(.immediate) {
      guard let next = try pending(database).first else { return .rollback }
      if try Int32.fetchOne(database, sql: "pragma application_id") != Self.applicationID {
        try database.execute(sql: "pragma application_id = \(Self.applicationID)")
        try database.execute(
          sql: """
            create table migration (
              name text primary key, script text not null, applied_at text not null
            ) strict
            """)
      }
      try database.execute(sql: next.script)
      try database.execute(
        sql: "insert into migration values (?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
        arguments: [next.name, next.script])
      applied = next.name
      return .commit
    }
    return applied
  }

  private func pending(_ database: Database) throws -> [Migration] {
    if try Int32.fetchOne(database, sql: "pragma application_id") != Self.applicationID {
      guard try Int.fetchOne(database, sql: "select count(*) from sqlite_schema") == 0 else {
        throw StoreError(
          .foreign, "the file is an SQLite database, but not Latent's", place: name,
          remedy: "Name another file. To train on tables of your own, give `latent train` "
            + "--ratings-query.")
      }
      return Self.migrations
    }
    let rows = try Row.fetchAll(database, sql: "select name, script from migration order by name")
    let applied = rows.map { Migration($0[0] as String, Array(($0[1] as String).utf8)) }
    return try Migration.pending(of: Self.migrations, applied: applied, store: name)
  }
}
