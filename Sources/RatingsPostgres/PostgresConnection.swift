import CPostgres
import ExplainedErrors
package import Ratings

/// One connection to a server, closed with its owner. Not for two threads at a time.
package final class PostgresConnection {
  let handle: OpaquePointer
  let address: PostgresAddress

  /// Connects to the server at `url`. Throws ``StoreErrorCode/unreachable``.
  package convenience init(url: String) throws(StoreError) {
    try self.init(PostgresAddress(url: url))
  }

  init(_ address: PostgresAddress) throws(StoreError) {
    self.address = address
    // A later setting overrides an earlier one; `dbname` stands for all that the URL says.
    let settings = [
      ("connect_timeout", "10"), ("fallback_application_name", "latent"), ("dbname", address.location.unredacted),
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
      throw StoreError(
        .unreachable, address.redacted(String(cString: PQerrorMessage(handle))),
        place: address.name,
        remedy: """
          Make sure that the server runs and that host, port, user, password and database are \
          right; a password may stand in PGPASSWORD or ~/.pgpass too.
          """)
    }
    // Notices would go to standard error.
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    guard parameter("server_encoding") == "UTF8" else {
      throw StoreError(
        .foreign, "the database's encoding is \(parameter("server_encoding") ?? "unknown")",
        place: address.name, remedy: "Use a database in UTF-8: `createdb --encoding UTF8`.")
    }
  }

  deinit { PQfinish(handle) }

  /// Runs one or more statements whose results are of no interest.
  package func execute(_ sql: String) throws {
    _ = try checked(PQexec(handle, sql), expected: [PGRES_COMMAND_OK, PGRES_TUPLES_OK])
  }

  /// Runs one statement with `parameters` for `$1` ... and answers its rows.
  func query(
    _ sql: String, _ parameters: [String?] = [], inBinary: Bool = false
  ) throws -> PostgresResult {
    let result = withCStrings(parameters) {
      PQexecParams(
        handle, sql, Int32(parameters.count), nil, $0, nil, nil, inBinary ? 1 : 0)
    }
    return try checked(result, expected: [PGRES_COMMAND_OK, PGRES_TUPLES_OK])
  }

  /// Whether the connection is within a transaction and waits for a command.
  var isInTransaction: Bool {
    [PQTRANS_INTRANS, PQTRANS_INERROR].contains(PQtransactionStatus(handle))
  }

  /// Takes over libpq's result, and throws what it says unless it is of an `expected` status.
  func checked(
    _ result: OpaquePointer?, expected: [ExecStatusType]
  ) throws -> PostgresResult {
    guard let result else { throw failure() }
    let owned = PostgresResult(result)
    guard expected.contains(PQresultStatus(result)) else { throw owned.failure ?? failure() }
    return owned
  }

  /// What libpq says of the connection.
  func failure() -> PostgresFailure {
    PostgresFailure(sqlState: nil, message: String(cString: PQerrorMessage(handle)))
  }

  private func parameter(_ name: String) -> String? {
    PQparameterStatus(handle, name).map { String(cString: $0) }
  }
}
