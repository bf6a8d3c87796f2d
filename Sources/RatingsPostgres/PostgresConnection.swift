import CPostgres
import Errors
import Foundation
package import Ratings

/// A connection to a server, closed on deinitialisation. Must not be used by two threads at a time.
///
/// No wait for the server is endless: after a number of seconds without a byte from it the call fails, and
/// the connection becomes unusable.
package final class PostgresConnection {
  let handle: OpaquePointer
  let address: PostgresAddress
  /// The timeout in seconds; 0 for none.
  let silenceLimit: Int
  /// Whether the connection listens for changed ratings.
  var isListening = false
  /// The number of notifications received of other connections' changes.
  var foreignNotificationCount: Int64 = 0
  /// The lookup of the last query over the user's own tables that was asked about single users.
  var lookup: PostgresLookup?

  /// Connects to the server at `url`. Throws ``StoreErrorCode/unreachable``.
  package convenience init(url: String) throws(StoreError) {
    try self.init(PostgresAddress(url: url), silenceLimit: PostgresStore.usualSilenceLimit)
  }

  /// The default connection timeout in seconds, unless the URL gives one.
  private static let usualConnectTimeout = 10
  /// The minimum connection timeout of libpq.
  private static let leastConnectTimeout = 2

  /// Connects to the server. Any wait for it to respond takes at most `silenceLimit` seconds; 0 waits for
  /// ever. Connecting may not take longer than that either (but at least ``leastConnectTimeout``), nor than
  /// ``usualConnectTimeout``.
  init(_ address: PostgresAddress, silenceLimit: Int) throws(StoreError) {
    self.address = address
    self.silenceLimit = silenceLimit
    // Later settings override earlier ones; `dbname` stands for everything in the URL. A server that
    // disappears without a word is noticed within two minutes.
    let connectTimeout = max(
      Self.leastConnectTimeout,
      silenceLimit > 0
        ? min(silenceLimit, Self.usualConnectTimeout) : Self.usualConnectTimeout)
    let settings = [
      ("connect_timeout", "\(connectTimeout)"), ("keepalives_idle", "60"),
      ("keepalives_interval", "15"),
      ("keepalives_count", "4"), ("tcp_user_timeout", "120000"),
      ("fallback_application_name", "latent"), ("dbname", address.location.unredacted),
      ("client_encoding", "UTF8"),
    ]
    let connection = withCStrings(settings.map(\.0) + [nil]) { keywords in
      withCStrings(settings.map(\.1) + [nil]) { PQconnectdbParams(keywords, $0, 1) }
    }
    guard let connection else {
      throw StoreError(
        .failed, "no memory for a connection", place: address.name,
        remedy: "Make more memory available.")
    }
    handle = connection
    guard PQstatus(handle) == CONNECTION_OK else {
      let message = String(cString: PQerrorMessage(handle)).replacing(
        "timeout expired",
        with: "timeout expired after \(Self.setting("connect_timeout", of: handle) ?? "some") s")
      let isShortOfDescriptors = [EMFILE, ENFILE].contains {
        message.contains(SystemError($0).description)
      }
      throw StoreError(
        .unreachable, address.redacted(message), place: address.name,
        remedy: isShortOfDescriptors
          ? "Allow more open files (ulimit -n), and try again."
          : """
          Make sure that the server runs and that host, port, user, password and database are \
          right; the password may also be in PGPASSWORD or ~/.pgpass.
          """)
    }
    // Waits for sending happen here, not within libpq.
    guard PQsetnonblocking(handle, 1) == 0 else {
      throw failure().storeError(at: address)
    }
    // By default, notices go to standard error.
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    guard parameter("server_encoding") == "UTF8" else {
      throw StoreError(
        .foreign, "the database's encoding is \(parameter("server_encoding") ?? "unknown")",
        place: address.name, remedy: "Use a database in UTF-8: `createdb --encoding UTF8`.")
    }
  }

  deinit { PQfinish(handle) }

  /// Runs one or more statements and discards their results.
  package func execute(_ sql: String) throws {
    _ = try checked(
      run { PQsendQuery(handle, sql) }, expected: [PGRES_COMMAND_OK, PGRES_TUPLES_OK])
  }

  /// Runs one statement with `parameters` for `$1` ... and returns its rows.
  package func query(
    _ sql: String, _ parameters: [String?] = [], inBinary: Bool = false
  ) throws -> PostgresResult {
    let result = try withCStrings(parameters) { values in
      try run {
        PQsendQueryParams(
          handle, sql, Int32(parameters.count), nil, values, nil, nil, inBinary ? 1 : 0)
      }
    }
    return try checked(result, expected: [PGRES_COMMAND_OK, PGRES_TUPLES_OK])
  }

  /// Whether the connection is idle within a transaction.
  var isInTransaction: Bool {
    [PQTRANS_INTRANS, PQTRANS_INERROR].contains(PQtransactionStatus(handle))
  }

  /// Takes ownership of libpq's result, and throws its error unless it has an `expected` status.
  func checked(
    _ result: OpaquePointer?, expected: [ExecStatusType]
  ) throws -> PostgresResult {
    guard let result else { throw failure() }
    let owned = PostgresResult(result)
    guard expected.contains(PQresultStatus(result)) else { throw owned.failure ?? failure() }
    return owned
  }

  /// Returns libpq's error for the connection.
  func failure() -> PostgresFailure {
    PostgresFailure(sqlState: nil, message: String(cString: PQerrorMessage(handle)))
  }

  /// Returns a setting of the connection, whether it comes from the defaults, the environment or the URL.
  private static func setting(_ name: String, of handle: OpaquePointer) -> String? {
    guard let options = PQconninfo(handle) else { return nil }
    defer { PQconninfoFree(options) }
    var option = options
    while let keyword = option.pointee.keyword {
      if String(cString: keyword) == name { return option.pointee.val.map { String(cString: $0) } }
      option += 1
    }
    return nil
  }

  private func parameter(_ name: String) -> String? {
    PQparameterStatus(handle, name).map { String(cString: $0) }
  }
}

/// Sending and receiving, with a timeout for every wait.
extension PostgresConnection {
  /// Sends what `send`, one of libpq's `PQsend...`, queues, and returns the last of its results; nil if there
  /// is none. If it starts a COPY, returns as soon as that has started.
  func run(_ send: () -> Int32) throws -> OpaquePointer? {
    guard send() == 1 else { throw failure() }
    var last: OpaquePointer?
    do {
      while let result = try nextResult() {
        PQclear(last)
        last = result
        if [PGRES_COPY_IN, PGRES_COPY_OUT].contains(PQresultStatus(result))
          || PQstatus(handle) != CONNECTION_OK
        {
          break
        }
      }
    } catch {
      PQclear(last)
      throw error
    }
    return last
  }

  /// Returns the next result of what was sent; nil if none is left.
  func nextResult() throws -> OpaquePointer? {
    try flush()
    while PQisBusy(handle) == 1 {
      try wait(POLLIN)
      // The last message of a server that closes the connection is still returned as a result.
      if PQconsumeInput(handle) != 1 { break }
    }
    return PQgetResult(handle)
  }

  /// Sends all queued data.
  func flush() throws {
    while PQflush(handle) == 1 {
      // A server that waits for us to read accepts no more data.
      if try wait(POLLIN | POLLOUT) & Int16(POLLIN) != 0, PQconsumeInput(handle) != 1 { return }
    }
  }

  /// Receives data from the server, waiting until there is some.
  func receive() throws {
    try wait(POLLIN)
    guard PQconsumeInput(handle) == 1 else { throw failure() }
  }

  /// Waits for one of `events` on the connection, and returns those that occurred.
  @discardableResult
  private func wait(_ events: Int32) throws -> Int16 {
    let limit = silenceLimit > 0 ? Int32(clamping: silenceLimit * 1000) : -1
    var socket = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
    guard socket.fd >= 0 else { throw failure() }
    while true {
      switch poll(&socket, 1, limit) {
      case 1...: return socket.revents
      case 0: throw silence
      default: if errno != EINTR { throw failure() }
      }
    }
  }

  private var silence: StoreError {
    StoreError(
      .silent, "the server has not responded for \(silenceLimit) s", place: address.name,
      remedy:
        "See in pg_stat_activity what it is waiting for. If it only needs more time, allow more.")
  }
}

/// Calls `body` with `strings` as C strings, nil for nil. None may contain a NUL, which would end it.
private func withCStrings<Result>(
  _ strings: [String?], _ body: ([UnsafePointer<CChar>?]) throws -> Result
) rethrows -> Result {
  precondition(!strings.contains { $0?.utf8.contains(0) ?? false }, "a text with a NUL character")
  let copies = strings.map { $0.map { strdup($0) } ?? nil }
  defer { for copy in copies { free(copy) } }
  return try body(copies.map { $0.map { UnsafePointer($0) } })
}
