import CPostgres
import Errors
package import Ratings

/// Ratings in a PostgreSQL database, in a schema `latent` of their own beside the user's tables.
///
/// Every call connects anew, which takes a few milliseconds: nothing is shared between threads and
/// a server that was restarted is no trouble.
package struct PostgresStore: RatingsStore {
  let address: PostgresAddress
  private let lockTimeout: Double
  private let silenceLimit: Int

  /// How many seconds a server may say nothing, unless another number is given.
  package static let usualSilenceLimit = 3600

  /// The store in the database at `url`. Throws when the URL can't be read; connects only when
  /// something is asked. Whoever needs a lock, as writers do, waits `lockTimeout` seconds for it
  /// before he gives up. A server that says nothing for `silenceLimit` seconds is given up as well; 0
  /// waits for ever.
  package init(
    url: String, lockTimeout: Double = 30, silenceLimit: Int = Self.usualSilenceLimit
  ) throws(StoreError) {
    address = try PostgresAddress(url: url)
    self.lockTimeout = lockTimeout
    self.silenceLimit = silenceLimit
  }

  package var name: String { address.name }

  /// What a connection is for.
  enum Access {
    /// Reads Latent's tables.
    case reading
    /// Reads whatever the database holds.
    case readingForeign
    /// Writes to Latent's tables, one writer at a time.
    case writing
  }

  /// "Latent" as a number: the key of the advisory lock that writers and migrations hold.
  static let lockKey: Int64 = 0x4C61_7465_6E74

  /// Connects, begins a transaction fit for `access`, runs `body` and commits what it wrote. Readers see
  /// the moment of their first query throughout, and leave nothing: what a query of the user's brought
  /// about is rolled back.
  func withConnection<Result>(
    _ access: Access, _ body: (PostgresConnection) throws -> Result
  ) throws -> Result {
    do {
      let connection = try connect()
      // Without this, a connection that is dropped would be noticed by the server a little later.
      defer { if connection.isInTransaction { try? connection.execute("rollback") } }
      switch access {
      case .reading, .readingForeign:
        try begin(connection, "isolation level repeatable read read only")
      case .writing:
        try begin(connection, "read write")
        try lock(connection)
      }
      if access != .readingForeign { try requireMigrated(connection) }
      let result = try body(connection)
      try connection.execute(access == .writing ? "commit" : "rollback")
      return result
    } catch let failure as PostgresFailure {
      throw failure.storeError(at: address)
    }
  }

  /// A new connection.
  func connect() throws(StoreError) -> PostgresConnection {
    try PostgresConnection(address, silenceLimit: silenceLimit)
  }

  /// As ``withConnection(_:_:)``, for bodies that throw nothing but a server's errors.
  func withConnectionAlone<Result>(
    _ access: Access, _ body: (PostgresConnection) throws -> Result
  ) throws(StoreError) -> Result {
    try storeErrors { try withConnection(access, body) }
  }

  /// Runs `body` and puts what it throws in the store's terms.
  func storeErrors<Result>(_ body: () throws -> Result) throws(StoreError) -> Result {
    do {
      return try body()
    } catch let error as StoreError {
      throw error
    } catch let failure as PostgresFailure {
      throw failure.storeError(at: address)
    } catch {
      throw StoreError(
        .failed, "\(error)", place: name,
        remedy: "Please report this: it is a mistake of Latent's.")
    }
  }

  /// Begins a transaction that gives up waiting for a lock in time and, since batches are long, waits
  /// for everything else as long as it takes.
  func begin(_ connection: PostgresConnection, _ mode: String) throws {
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

  /// Waits until no other process writes or migrates; holds until the transaction's end.
  func lock(_ connection: PostgresConnection) throws {
    try connection.execute("select pg_advisory_xact_lock(\(Self.lockKey))")
  }
}
