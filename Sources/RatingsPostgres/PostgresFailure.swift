import Errors
import Ratings

/// What a server or libpq said, before it is put in the store's terms.
struct PostgresFailure: Error {
  /// The five characters of the SQL standard; nil when no server said it.
  let sqlState: String?
  let message: String

  /// The failure in the store's terms, with what to do about it.
  func storeError(at address: PostgresAddress) -> StoreError {
    let (code, remedy) = meaning
    return StoreError(code, address.redacted(message), place: address.name, remedy: remedy)
  }

  /// By the table of codes in PostgreSQL's manual, appendix A.
  private var meaning: (StoreErrorCode, String) {
    guard let sqlState else {
      return (.unreachable, "The connection was lost: see the server's log and try again.")
    }
    switch (sqlState.prefix(2), sqlState) {
    case ("28", _):
      return (
        .unreachable,
        "Correct user and password; a password may stand in PGPASSWORD or ~/.pgpass too."
      )
    case ("3D", _):
      return (.unreachable, "Make the database with `createdb`, or correct the URL.")
    case ("08", _), (_, "57P01"), (_, "57P02"), (_, "57P03"), (_, "53300"):
      return (.unreachable, "Make sure that the server runs and takes connections, and try again.")
    case (_, "55P03"), (_, "55006"), ("40", _):
      return (.busy, "Another process is writing to the store: try again when it is done.")
    case (_, "53100"):
      return (.inputOutput, "Make room on the server's disk and try again.")
    case ("53", _), ("58", _), ("XX", _):
      return (.inputOutput, "See the server's log; the store is as it was before.")
    case (_, "25006"):
      return (.inputOutput, "Write to the primary server, not to a standby.")
    case (_, "22P05"), (_, "22021"):
      return (.badValue, "Use a database in UTF-8.")
    case (_, "42501"):
      return (
        .failed, "Have the database's owner grant the right, or connect as another user."
      )
    default:
      return (.failed, "The store is as it was before.")
    }
  }
}
