import CPostgres
import Errors
package import Ratings

/// A store of ratings in a PostgreSQL database, in its own schema `latent` beside the user's tables.
///
/// Every call opens a new connection, which takes a few milliseconds: no state is shared between threads, and
/// calls survive a server restart.
package struct PostgresStore: DatabaseStore {
  private let address: PostgresAddress
  private let lockTimeout: Double
  private let silenceLimit: Int

  /// The default maximum number of seconds without a response from the server.
  package static let usualSilenceLimit = 3600

  /// Creates a store for the database at `url`. Throws if the URL can't be parsed; connects only on first
  /// use. Whoever needs a lock, such as a writer, waits up to `lockTimeout` seconds for it. A server that
  /// does not respond for `silenceLimit` seconds is given up; 0 waits for ever.
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

  /// "Latent" as a number: the key of the advisory lock held by writers and migrations.
  private static let lockKey: Int64 = 0x4C61_7465_6E74

  package func connect(_ access: StoreAccess) throws -> PostgresConnection {
    try PostgresConnection(address, silenceLimit: silenceLimit)
  }

  /// Runs a transaction. Any effects of a user's query are rolled back after reading.
  package func transaction<Result>(
    _ access: StoreAccess, on connection: PostgresConnection,
    _ body: (PostgresTransaction) throws -> Result
  ) throws -> Result {
    // Otherwise the server would notice a dropped connection slightly later.
    defer { if connection.isInTransaction { try? connection.execute("rollback") } }
    switch access {
    case .reading, .readingForeign:
      try begin(connection, "isolation level repeatable read read only")
      let result = try body(PostgresTransaction(connection))
      try connection.execute("rollback")
      return result
    case .writing, .migrating:
      try begin(connection, "read write")
      // Waits until no other process writes or migrates; held until the transaction ends. Commits are
      // durable, whatever the server's default.
      try connection.execute(
        """
        select pg_advisory_xact_lock(\(Self.lockKey));
        select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'
        """)
      // A batch is written before compiling its statements would pay off.
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

  /// Does nothing: the server keeps the bytes of deleted rows until the table is rewritten (`vacuum full`),
  /// and its write-ahead log and backups as long as they are retained.
  package func erase(_ user: UserID) throws(StoreError) {}

  /// Begins a transaction that times out waiting for a lock. As batches are long, it waits for anything else
  /// without a limit.
  private func begin(_ connection: PostgresConnection, _ mode: String) throws {
    try connection.execute(
      """
      begin \(mode); set local lock_timeout = \(max(1, Int(lockTimeout * 1000))); set local statement_timeout = 0;
      set local idle_in_transaction_session_timeout = 0
      """)
    // The server then aborts a statement at once when we give up, rather than when it is done.
    if PQserverVersion(connection.handle) >= 14_00_00 {
      try connection.execute("set local client_connection_check_interval = '10s'")
    }
  }
}
