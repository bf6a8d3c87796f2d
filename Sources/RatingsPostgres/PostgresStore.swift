import CPostgres
import Errors
package import Ratings

/// Ratings in a PostgreSQL database, in a schema `latent` of their own beside the user's tables.
///
/// Every call connects anew, which takes a few milliseconds: nothing is shared between threads and
/// a server that was restarted is no trouble.
package struct PostgresStore: DatabaseStore {
  private let address: PostgresAddress
  private let lockTimeout: Double
  private let silenceLimit: Int

  /// How many seconds a server may say nothing, unless another number is given.
  package static let usualSilenceLimit = 3600

  /// The store in the database at `url`. Throws when the URL can't be read; connects only when
  /// something is asked. Whoever needs a lock, as writers do, waits `lockTimeout` seconds for it
  /// before they give up. A server that says nothing for `silenceLimit` seconds is given up as well; 0
  /// waits for ever.
  package init(
    url: String, lockTimeout: Double = 30, silenceLimit: Int = Self.usualSilenceLimit
  ) throws(StoreError) {
    address = try PostgresAddress(url: url)
    self.lockTimeout = lockTimeout
    self.silenceLimit = silenceLimit
  }

  /// The version of libpq, such as `15.6`.
  package static var libraryVersion: String {
    let version = PQlibVersion()
    return "\(version / 10_000).\(version % 10_000)"
  }

  package var name: String { address.name }

  package static let migrations = [
    Migration("0001_ratings", PackageResources._001_ratings_sql),
    Migration("0002_forgotten", PackageResources._002_forgotten_sql),
    Migration("0003_feedback", PackageResources._003_feedback_sql),
    Migration("0004_changes", PackageResources._004_changes_sql),
  ]

  /// "Latent" as a number: the key of the advisory lock that writers and migrations hold.
  private static let lockKey: Int64 = 0x4C61_7465_6E74

  package func connect(_ access: StoreAccess) throws -> PostgresConnection {
    try PostgresConnection(address, silenceLimit: silenceLimit)
  }

  /// What a query of the user's brought about when reading is rolled back.
  package func transaction<Result>(
    _ access: StoreAccess, on connection: PostgresConnection,
    _ body: (PostgresTransaction) throws -> Result
  ) throws -> Result {
    // Without this, a connection that is dropped would be noticed by the server a little later.
    defer { if connection.isInTransaction { try? connection.execute("rollback") } }
    switch access {
    case .reading, .readingForeign:
      try begin(connection, "isolation level repeatable read read only")
      let result = try body(PostgresTransaction(connection))
      try connection.execute("rollback")
      return result
    case .writing, .migrating:
      try begin(connection, "read write")
      // Until no other process writes or migrates; held until the transaction's end.
      // What is written is durable when it is committed, whatever the server does unless told otherwise.
      try connection.execute(
        """
        select pg_advisory_xact_lock(\(Self.lockKey));
        select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'
        """)
      // A batch is written before statements that are compiled for it would pay.
      if PQserverVersion(connection.handle) >= 11_00_00 {
        try connection.execute("set local jit = off")
      }
      let result = try body(PostgresTransaction(connection))
      try connection.execute("commit")
      return result
    }
  }

  package func storeError(_ error: any Error, while access: StoreAccess) -> StoreError? {
    (error as? PostgresFailure)?.storeError(at: address)
  }

  /// Does nothing: the server keeps the removed rows' bytes until the table is rewritten (`vacuum full`),
  /// and its write-ahead log and backups as long as they are kept.
  package func erase(_ user: UserID) throws(StoreError) {}

  /// Begins a transaction that gives up waiting for a lock in time and, since batches are long, waits
  /// for everything else as long as it takes.
  private func begin(_ connection: PostgresConnection, _ mode: String) throws {
    try connection.execute(
      """
      begin \(mode); set local lock_timeout = \(max(1, Int(lockTimeout * 1000))); set local statement_timeout = 0;
      set local idle_in_transaction_session_timeout = 0
      """)
    // The server ends what it is at once we have given up, rather than when it is done.
    if PQserverVersion(connection.handle) >= 14_00_00 {
      try connection.execute("set local client_connection_check_interval = '10s'")
    }
  }
}
