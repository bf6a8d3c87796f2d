import Errors
import Foundation
import GRDB
import Ratings

extension SQLiteStore {
  /// SQLite's error in the store's terms, with what to do about it; `access` says what the file was
  /// open for.
  func storeError(_ error: DatabaseError, while access: Access) -> StoreError {
    if access == .reading || access == .readingForeign,
      [.SQLITE_READONLY, .SQLITE_CANTOPEN].contains(error.resultCode)
    {
      return StoreError(
        .unreachable,
        "the file or its folder is closed to you, and SQLite keeps a file beside it even to read",
        place: name,
        remedy:
          "Give yourself the right to read the file and to write in its folder, or read a copy "
          + "in a folder of your own.")
    }
    if error.resultCode == .SQLITE_IOERR, isDiskFull {
      return StoreError(
        .inputOutput, "the disk is full, and SQLite needs room beside the file even to read",
        place: name, remedy: "Make room on the disk and try again.")
    }
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

  /// Throws unless the process may open as many files as SQLite and GRDB's queue do: the database, its
  /// log and the log's index, a temporary file, a folder, and Dispatch's own. SQLite says no more than
  /// that a file can't be opened, and Dispatch ends the process.
  func requireDescriptors() throws(StoreError) {
    let descriptors = (0..<10).map { _ in Foundation.open("/dev/null", O_RDONLY | O_CLOEXEC) }
    let isShort = descriptors.contains(-1) && [EMFILE, ENFILE].contains(errno)
    for descriptor in descriptors where descriptor >= 0 { close(descriptor) }
    guard isShort else { return }
    throw StoreError(
      .unreachable, "too many files are open", place: name,
      remedy: "Allow more open files (ulimit -n), or import fewer files at a time.")
  }

  /// Whether less is free than the index that SQLite keeps beside a file takes, 32 KiB: it says then
  /// no more than that input or output failed.
  private var isDiskFull: Bool {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return false }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize) < 32_768
  }
}
