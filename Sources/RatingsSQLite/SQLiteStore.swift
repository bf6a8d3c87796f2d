import Errors
import Foundation
import GRDB
package import Ratings

/// A store of ratings in a single SQLite file, without a server.
///
/// Every call opens and closes the file, which takes well under a millisecond. No state is shared between
/// threads or held while idle, and a file replaced by another process is noticed immediately. A session,
/// which stays open, also notices it. The file is in WAL mode: readers see a snapshot and never wait, writers
/// wait for each other.
package struct SQLiteStore: DatabaseStore {
  let path: String
  let lockTimeout: Double
  package let name: String

  /// Creates a store for the file at `path`, which need not exist yet: ``migrate()`` creates it. A writer
  /// waits up to `lockTimeout` seconds for another one.
  package init(path: String, lockTimeout: Double = 30) {
    // SQLite gives names such as ":memory:" a special meaning.
    self.path = path.hasPrefix(":") ? "./" + path : path
    self.lockTimeout = lockTimeout
    name = StoreLocation(file: self.path).description
  }

  /// Creates a store for the file at `path`, which will replace `final` and has its name in messages.
  init(draftAt path: String, of final: SQLiteStore) {
    (self.path, lockTimeout, name) = (path, final.lockTimeout, final.name)
  }

  package static let migrations = [
    Migration("0001_ratings", PackageResources._001_ratings_sql),
    Migration("0002_forgotten", PackageResources._002_forgotten_sql),
    Migration("0003_feedback", PackageResources._003_feedback_sql),
  ]

  package func pendingMigrations() throws(StoreError) -> [String] {
    // There is nothing to read if the file does not exist.
    guard try fileExists() else { return Self.migrations.map(\.name) }
    return try pendingMigrationsOfDatabase()
  }

  package func transaction<Result>(
    _ access: StoreAccess, on connection: SQLiteConnection,
    _ body: (SQLiteTransaction) throws -> Result
  ) throws -> Result {
    let queue = connection.queue
    switch access {
    case .reading, .readingForeign:
      return try queue.read {
        try body(SQLiteTransaction($0, storeName: name, lookup: connection.lookup))
      }
    case .writing, .migrating:
      return try queue.writeWithoutTransaction { database in
        if access == .writing { try database.execute(sql: "pragma synchronous = full") }
        var result: Result?
        try database.inTransaction(.immediate) {
          result = try body(SQLiteTransaction(database, storeName: name))
          return .commit
        }
        if access == .migrating { try letReadersGoOn(database) }
        guard let result else { preconditionFailure("a transaction without a result") }
        return result
      }
    }
  }

  /// Switches the file to WAL mode, in which writers do not block readers. SQLite may refuse that without
  /// waiting while another connection is active; it is then retried when that connection is done.
  private func letReadersGoOn(_ database: Database) throws {
    for attempt in 1... {
      do { return try database.execute(sql: "pragma journal_mode = wal") } catch let error
        as DatabaseError where error.resultCode == .SQLITE_BUSY && attempt < 100
      {
        try database.inTransaction(.immediate) { .rollback }
      }
    }
  }

  /// The cache size of a writing connection, in KiB.
  private static let cacheKiB = 65_536
  /// The log size in pages (64 MiB) that triggers a checkpoint. Some hundred ratings in random order change
  /// about 1,000 pages, SQLite's default, so with that default each of their transactions would write them
  /// twice.
  private static let pagesOfLog = 16_384

  /// Opens the file, which must exist unless `access` is for migrating.
  package func connect(_ access: StoreAccess) throws -> SQLiteConnection {
    let exists = try fileExists()
    try requireDescriptors()
    var configuration = Configuration()
    configuration.busyMode = .timeout(lockTimeout)
    configuration.label = "latent"
    switch access {
    case .reading, .readingForeign:
      configuration.readonly = true
    case .writing, .migrating:
      configuration.prepareDatabase { database in
        try database.execute(
          sql: """
            pragma cache_size = \(-Self.cacheKiB);
            pragma wal_autocheckpoint = \(Self.pagesOfLog);
            pragma secure_delete = on
            """)
      }
    }
    guard exists || access == .migrating else {
      throw StoreError(
        .missing,
        StoreDraft.isBeingMade(self)
          ? "there is no such file yet: another process is creating it" : "there is no such file",
        place: name,
        remedy: "Name the store's file, or create the store by migrating it.")
    }
    return try SQLiteConnection(path: path, configuration)
  }

  /// Returns whether the file exists. Throws if that can't be determined, or if it is a folder.
  func fileExists() throws(StoreError) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return false }
      throw StoreError(
        .unreachable, "the path can't be reached: \(SystemError())", place: name,
        remedy:
          "Give the user \(SystemUser.ofProcess) the right to enter its folders, or correct the path."
      )
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw StoreError(
        .unreachable, "the path is a folder", place: name, remedy: "Name a file in it.")
    }
    // Opening a pipe would wait for its other end.
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StoreError(
        .unreachable, "the path is not a regular file", place: name, remedy: "Name another file.")
    }
    return true
  }

  /// Throws unless the process may open all files that SQLite and GRDB's queue need: the database, its log
  /// and the log's index, a temporary file, a folder, and Dispatch's own. Otherwise SQLite would only report
  /// that a file can't be opened, and Dispatch would end the process.
  private func requireDescriptors() throws(StoreError) {
    let descriptors = (0..<10).map { _ in Foundation.open("/dev/null", O_RDONLY | O_CLOEXEC) }
    let isShort = descriptors.contains(-1) && [EMFILE, ENFILE].contains(errno)
    for descriptor in descriptors where descriptor >= 0 { close(descriptor) }
    guard isShort else { return }
    throw StoreError(
      .unreachable, "too many files are open", place: name,
      remedy: "Allow more open files (ulimit -n), or import fewer files at a time.")
  }

  package func storeError(_ error: any Error, while access: StoreAccess) -> StoreError? {
    guard let error = error as? DatabaseError else { return nil }
    if access == .reading || access == .readingForeign,
      [.SQLITE_READONLY, .SQLITE_CANTOPEN].contains(error.resultCode)
    {
      return StoreError(
        .unreachable,
        "the file or its folder is not accessible, and SQLite keeps a file beside it even to read",
        place: name,
        remedy:
          "Give the user \(SystemUser.ofProcess) the right to read the file and to write in its folder, or read a copy "
          + "in a folder of your own.")
    }
    if error.resultCode == .SQLITE_IOERR, isDiskFull {
      return StoreError(
        .inputOutput, "the disk is full, and SQLite needs room beside the file even to read",
        place: name, remedy: "Make room on the disk and try again.")
    }
    let (code, remedy): (StoreErrorCode, String) =
      switch error.resultCode {
      case .SQLITE_BUSY, .SQLITE_LOCKED:
        (.busy, "Another process is writing to the store: try again when it is done.")
      case .SQLITE_FULL: (.inputOutput, "Make room on the disk and try again.")
      case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
        (
          .inputOutput,
          "Give the user \(SystemUser.ofProcess) the right to write to the file and to its folder."
        )
      case .SQLITE_CANTOPEN:
        (.unreachable, "Make sure that the folder exists and that you may read and write in it.")
      case .SQLITE_NOTADB: (.foreign, "Name an SQLite file that Latent made.")
      case .SQLITE_CORRUPT:
        (.inputOutput, "Restore the file from a backup, or import the ratings into a new store.")
      case .SQLITE_IOERR, .SQLITE_NOLFS, .SQLITE_PROTOCOL:
        (.inputOutput, "Check the disk; the store is unchanged.")
      case .SQLITE_NOMEM: (.failed, "Make more memory available.")
      default: (.failed, "Check the store with `sqlite3 FILE 'pragma integrity_check'`.")
      }
    let message = error.message ?? "\(error.resultCode)"
    return StoreError(code, message, place: name, remedy: remedy)
  }

  /// Whether less disk space is free than the 32 KiB of the index that SQLite keeps beside a file. SQLite
  /// then only reports an I/O error.
  private var isDiskFull: Bool {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return false }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize) < 32_768
  }
}
