import ExplainedErrors
import GRDB
import Ratings

extension SQLiteStore {
  /// SQLite's error in the store's terms, with what to do about it.
  func storeError(_ error: DatabaseError) -> StoreError {
    let code: StoreErrorCode
    let remedy: String
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      code = .busy
      remedy = "Another process is writing to the store: try again when it is done."
    case .SQLITE_FULL:
      code = .inputOutput
      remedy = "Make room on the disk and try again."
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
      code = .inputOutput
      remedy = "Give yourself the right to write to the file and to its folder."
    case .SQLITE_CANTOPEN:
      code = .unreachable
      remedy = "Make sure that the folder exists and that you may read and write in it."
    case .SQLITE_NOTADB:
      code = .foreign
      remedy = "Name an SQLite file that Latent made."
    case .SQLITE_CORRUPT:
      code = .inputOutput
      remedy = "Restore the file from a backup, or import the ratings into a new store."
    case .SQLITE_IOERR, .SQLITE_NOLFS, .SQLITE_PROTOCOL:
      code = .inputOutput
      remedy = "Look after the disk; the store is as it was before."
    case .SQLITE_NOMEM:
      code = .failed
      remedy = "Make more memory available."
    default:
      code = .failed
      remedy = "Check the store with `sqlite3 FILE 'pragma integrity_check'`."
    }
    let message = error.message ?? "\(error.resultCode)"
    return StoreError(code, message, place: name, remedy: remedy)
  }
}
