import Errors
import GRDB
package import Ratings

extension SQLiteStore {
  /// The name of the file in a backup.
  private static let backupName = "store.sqlite"

  /// Uses SQLite's online backup, which reads a snapshot of the log; writers are not blocked.
  package func backUp(into folder: String) throws(StoreError) {
    _ = try pendingMigrations()
    try storeErrors(while: .reading) {
      let source = try connect(.reading)
      let copy = try DatabaseQueue(path: folder + "/" + Self.backupName)
      try source.queue.backup(to: copy)
      let flaw = try copy.writeWithoutTransaction { database in
        // A backup is a single file without a log.
        try database.execute(sql: "pragma journal_mode = delete")
        return try String.fetchOne(database, sql: "pragma quick_check(1)")
      }
      try copy.close()
      guard flaw == "ok" else {
        throw StoreError(
          .inputOutput, "the store is damaged: \(flaw ?? "it can't be checked")", place: name,
          remedy: "Restore it from an earlier backup, or import the ratings into a new store.")
      }
    }
  }

  /// Runs in one transaction: other connections see all of the new contents from then on.
  package func overwrite(from folder: String) throws(StoreError) {
    let copy = SQLiteStore(path: folder + "/" + Self.backupName)
    guard try copy.fileExists() else { throw .otherKind(folder, than: "an SQLite store") }
    // Throws if a newer Latent created it.
    _ = try copy.pendingMigrations()
    try storeErrors(while: .migrating) {
      try copy.connect(.readingForeign).queue.backup(to: connect(.migrating).queue)
    }
    _ = try migrate()
  }
}
