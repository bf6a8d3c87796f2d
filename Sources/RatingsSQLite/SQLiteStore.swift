import Errors
import Foundation
import GRDB
import Ratings

/// Ratings in one SQLite file: the store that needs no server.
///
/// Every call opens the file anew and closes it, which takes well under a millisecond: nothing is
/// shared between threads, nothing is held while nobody asks, and a file that another process put
/// in its place is seen at once. The file is in WAL mode: readers see one moment and never wait,
/// writers wait for one another.
package struct SQLiteStore: RatingsStore {
  let path: String
  private let lockTimeout: Double

  /// The store in the file at `path`, which need not exist yet: ``migrate()`` makes it. A writer
  /// waits `lockTimeout` seconds for another one before it gives up.
  package init(path: String, lockTimeout: Double = 30) {
    // SQLite takes names such as ":memory:" for databases without a file.
    self.path = path.hasPrefix(":") ? "./" + path : path
    self.lockTimeout = lockTimeout
  }

  package var name: String { StoreLocation(file: path).description }

  /// "Latn": marks the file as Latent's (`pragma application_id`).
  static let applicationID: Int32 = 0x4C61_746E

  /// What a connection is for.
  enum Access {
    /// Reads Latent's tables.
    case reading
    /// Reads whatever the file holds.
    case readingForeign
    /// Writes to Latent's tables.
    case writing
    /// Makes the file and its tables.
    case migrating
    /// Rewrites the file as a whole, outside of any transaction.
    case rewriting
  }

  /// Opens the file, makes sure that it is fit for `access`, runs `body` and closes it.
  ///
  /// Readers get a transaction, so that all their queries see the same moment.
  func withDatabase<Result>(
    _ access: Access, _ body: (Database) throws -> Result
  ) throws -> Result {
    do {
      let queue = try open(access)
      switch access {
      case .reading:
        return try queue.read { database in
          try requireMigrated(database)
          return try body(database)
        }
      case .readingForeign:
        return try queue.read(body)
      case .writing:
        return try queue.writeWithoutTransaction { database in
          try database.execute(sql: "pragma synchronous = full")
          var result: Result?
          try database.inTransaction(.immediate) {
            try requireMigrated(database)
            result = try body(database)
            return .commit
          }
          guard let result else { preconditionFailure("a transaction without a result") }
          return result
        }
      case .migrating, .rewriting:
        return try queue.writeWithoutTransaction(body)
      }
    } catch let error as DatabaseError {
      throw storeError(error, while: access)
    }
  }

  /// As ``withDatabase(_:_:)``, for bodies that throw nothing but a database's errors.
  func withDatabaseAlone<Result>(
    _ access: Access, _ body: (Database) throws -> Result
  ) throws(StoreError) -> Result {
    do {
      return try withDatabase(access, body)
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(
        .failed, "\(error)", place: name, remedy: "Please report this: it is a mistake of Latent's."
      )
    }
  }

  /// Whether there is a file. Throws when that can't be told, or when it is a folder.
  func fileExists() throws(StoreError) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return false }
      throw StoreError(
        .unreachable, "the path can't be reached: \(String(cString: strerror(errno)))", place: name,
        remedy: "Give yourself the right to enter its folders, or correct --store.")
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw StoreError(
        .unreachable, "the path is a folder", place: name, remedy: "Name a file in it.")
    }
    return true
  }

  private func open(_ access: Access) throws -> DatabaseQueue {
    let exists = try fileExists()
    try requireDescriptors()
    var configuration = Configuration()
    configuration.busyMode = .timeout(lockTimeout)
    configuration.label = "latent"
    switch access {
    case .reading, .readingForeign:
      configuration.readonly = true
    case .writing:
      configuration.prepareDatabase { database in
        try database.execute(
          sql: "pragma cache_size = -65536; pragma secure_delete = on")  // KiB
      }
    case .rewriting:
      configuration.prepareDatabase { try $0.execute(sql: "pragma secure_delete = on") }
    case .migrating:
      configuration.prepareDatabase { try $0.execute(sql: "pragma secure_delete = on") }
      return try DatabaseQueue(path: path, configuration: configuration)
    }
    guard exists else {
      throw StoreError(
        .unreachable, "there is no such file", place: name,
        remedy: "Make the store with `latent migrate` or `latent import`, or correct --store.")
    }
    return try DatabaseQueue(path: path, configuration: configuration)
  }
}
