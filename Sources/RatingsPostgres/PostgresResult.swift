import CPostgres
import Errors
import Ratings

/// The rows returned by a statement, freed on deinitialisation.
package final class PostgresResult {
  private let handle: OpaquePointer

  /// Takes ownership of libpq's result.
  init(_ handle: OpaquePointer) { self.handle = handle }

  deinit { PQclear(handle) }

  /// The number of rows.
  package var count: Int { Int(PQntuples(handle)) }

  /// The number of columns.
  package var columnCount: Int { Int(PQnfields(handle)) }

  /// The number of rows changed by a statement.
  var changedCount: Int { Int(String(cString: PQcmdTuples(handle))) ?? 0 }

  /// The number of parameters of a described statement.
  var parameterCount: Int { Int(PQnparams(handle)) }

  /// Returns the name of a column.
  func columnName(_ column: Int) -> String { String(cString: PQfname(handle, Int32(column))) }

  /// Returns the object id of a column's type.
  func columnType(_ column: Int) -> UInt32 { PQftype(handle, Int32(column)) }

  /// Returns a cell of a text result; nil for NULL.
  package func text(_ row: Int, _ column: Int) -> String? {
    withBytes(row, column) { String(decoding: $0, as: UTF8.self) }
  }

  /// Returns a cell of a binary result that is an integer or the bits of a number, in big-endian order; nil
  /// for NULL or a cell of another size.
  func bits<Bits: FixedWidthInteger>(_ row: Int, _ column: Int) -> Bits? {
    withBytes(row, column) { bytes in
      guard bytes.count == MemoryLayout<Bits>.size else { return nil }
      return Bits(bigEndian: bytes.loadUnaligned(as: Bits.self))
    } ?? nil
  }

  /// The server's error; nil if the error is not from the server.
  var failure: PostgresFailure? {
    guard let sqlState = field("C") else { return nil }
    var message = field("M") ?? "unknown error"
    if let detail = field("D") { message += " (\(detail))" }
    return PostgresFailure(sqlState: sqlState, message: message)
  }

  private func withBytes<Value>(
    _ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer) -> Value
  ) -> Value? {
    let (row, column) = (Int32(row), Int32(column))
    guard PQgetisnull(handle, row, column) == 0 else { return nil }
    return body(
      UnsafeRawBufferPointer(
        start: PQgetvalue(handle, row, column), count: Int(PQgetlength(handle, row, column))))
  }

  /// Returns an error field by libpq's letter for it (PG_DIAG_...: macros that Swift can't import).
  private func field(_ letter: Unicode.Scalar) -> String? {
    PQresultErrorField(handle, Int32(letter.value)).map { String(cString: $0) }
  }
}

/// An error of a server or of libpq, not yet converted to a ``StoreError``.
struct PostgresFailure: Error {
  /// The five-character SQLSTATE code; nil if the error is not from a server.
  let sqlState: String?
  let message: String

  /// Converts the failure to a ``StoreError`` with a remedy.
  func storeError(at address: PostgresAddress) -> StoreError {
    let (code, remedy) = meaning
    return StoreError(code, address.redacted(message), place: address.name, remedy: remedy)
  }

  /// The code and remedy, by the table of codes in PostgreSQL's manual, appendix A.
  private var meaning: (StoreErrorCode, String) {
    guard let sqlState else {
      return (.unreachable, "The connection was lost: see the server's log and try again.")
    }
    return switch (sqlState.prefix(2), sqlState) {
    case ("28", _):
      (
        .unreachable,
        "Check user and password; the password may also be in PGPASSWORD or ~/.pgpass."
      )
    case ("3D", _): (.unreachable, "Create the database with `createdb`, or correct the URL.")
    case ("08", _), (_, "57P01"), (_, "57P02"), (_, "57P03"), (_, "53300"):
      (.unreachable, "Make sure that the server runs and accepts connections, and try again.")
    case (_, "55P03"), (_, "55006"), ("40", _):
      (.busy, "Another process is writing to the store: try again when it is done.")
    case (_, "53100"): (.inputOutput, "Make room on the server's disk and try again.")
    case ("53", _), ("58", _), ("XX", _):
      (.inputOutput, "See the server's log; the store is unchanged.")
    case (_, "25006"): (.inputOutput, "Write to the primary server, not to a standby.")
    case (_, "22P05"), (_, "22021"): (.badValue, "Use a database in UTF-8.")
    case (_, "42501"):
      (.failed, "Have the database's owner grant the privilege, or connect as another user.")
    default: (.failed, "The store is unchanged.")
    }
  }
}
