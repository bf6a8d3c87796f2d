import Errors
import Foundation
import GRDB
package import Ratings

/// Ratings in one SQLite file: the store that needs no server.
///
/// Every call opens the file anew and closes it, which takes well under a millisecond: nothing is
/// shared between threads, nothing is held while nobody asks, and a file that another process put
/// in its place is seen at once, as it is by a session, which stays open. The file is in WAL mode: readers
/// see one moment and never wait, writers wait for one another.
package struct SQLiteStore: DatabaseStore {
  let path: String
  let lockTimeout: Double
  package let name: String

  /// The store in the file at `path`, which need not exist yet: ``migrate()`` makes it. A writer
  /// waits `lockTimeout` seconds for another one before it gives up.
  package init(path: String, lockTimeout: Double = 30) {
    // SQLite takes names such as ":memory:" for databases without a file.
    self.path = path.hasPrefix(":") ? "./" + path : path
    self.lockTimeout = lockTimeout
    name = StoreLocation(file: self.path).description
  }

  /// The store in the file at `path`, which is to take the place of `final` and goes by its name.
  init(draftAt path: String, of final: SQLiteStore) {
    (self.path, lockTimeout, name) = (path, final.lockTimeout, final.name)
  }

  package static let migrations = [
    Migration("0001_ratings", PackageResources._001_ratings_sql),
    Migration("0002_forgotten", PackageResources._002_forgotten_sql),
    Migration("0003_feedback", PackageResources._003_feedback_sql),
  ]

  package func pendingMigrations() throws(StoreError) -> [String] {
    // There is nothing to read where there is no file yet.
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

  /// Puts the file into the mode in which a writer does not hold readers up. SQLite may refuse that
  /// without waiting while another connection is at work: tried again when that one is done.
  private func letReadersGoOn(_ database: Database) throws {
    for attempt in 1... {
      do { return try database.execute(sql: "pragma journal_mode = wal") } catch let error
        as DatabaseError where error.resultCode == .SQLITE_BUSY && attempt < 100
      {
        try database.inTransaction(.immediate) { .rollback }
      }
    }
  }

  /// The cache of a connection that writes, in KiB.
  private static let cacheKiB = 65_536
  /// Pages of the log beside the file, 64 MiB, at which they are written to the file itself. Some hundred ratings in no order change
  /// about as many pages as SQLite's own 1,000, so that each of their transactions would write these twice.
  private static let pagesOfLog = 16_384

  /// Opens the file, which must be there unless it is to be migrated.
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
          ? "there is no such file yet: another process is making it" : "there is no such file",
        place: name,
        remedy: "Name the store's file, or make the store by migrating it.")
    }
    return try SQLiteConnection(path: path, configuration)
  }

  /// Whether there is a file. Throws when that can't be told, or when it is a folder.
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
    // To open a pipe would wait for its other end.
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StoreError(
        .unreachable, "the path is no regular file", place: name, remedy: "Name another file.")
    }
    return true
  }

  /// Throws unless the process may open as many files as SQLite and GRDB's queue do: the database, its
  /// log and the log's index, a temporary file, a folder, and Dispatch's own. SQLite says no more than
  /// that a file can't be opened, and Dispatch ends the process.
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
        "the file or its folder is closed to you, and SQLite keeps a file beside it even to read",
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
        (.inputOutput, "Look after the disk; the store is as it was before.")
      case .SQLITE_NOMEM: (.failed, "Make more memory available.")
      default: (.failed, "Check the store with `sqlite3 FILE 'pragma integrity_check'`.")
      }
    let message = error.message ?? "\(error.resultCode)"
    return StoreError(code, message, place: name, remedy: remedy)
  }

  /// Whether less is free than the index that SQLite keeps beside a file takes, 32 KiB: it says then
  /// no more than that input or output failed.
  private var isDiskFull: Bool {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return false }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize) < 32_768
  }
}
