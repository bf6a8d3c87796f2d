import Foundation
import GRDB
package import Ratings

/// An open file of a ``SQLiteStore``.
package struct SQLiteConnection {
  let queue: DatabaseQueue
  /// How a query over the user's own tables is asked about one user.
  let lookup = KeptStatement()
  /// The file that was opened, whatever is under its name by now.
  private let file: FileIdentity?

  /// Opens the file at `path`.
  init(path: String, _ configuration: Configuration) throws {
    let before = FileIdentity(path)
    queue = try DatabaseQueue(path: path, configuration: configuration)
    // A file that was made or replaced meanwhile may be either.
    let after = FileIdentity(path)
    file = before == after ? after : nil
  }

  /// Whether the file at `path` is the one that is open.
  func isTo(_ path: String) -> Bool {
    guard let file else { return false }
    return file == FileIdentity(path)
  }
}

/// What tells a file from another of the same name.
private struct FileIdentity: Equatable {
  let device: dev_t
  let inode: ino_t

  /// Of the file at `path`; nil where there is none.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    (device, inode) = (status.st_dev, status.st_ino)
  }
}

/// What sessions ask of a connection that stays open.
extension SQLiteStore {
  package func isCurrent(_ connection: SQLiteConnection) -> Bool { connection.isTo(path) }

  package func foreignChanges(
    on connection: SQLiteConnection, reading lookup: UserLookup?
  ) throws -> Int64 {
    // SQLite's own count does not go by what the connection itself commits.
    try connection.queue.inDatabase {
      try Int64.fetchOne($0, sql: "pragma data_version") ?? 0
    }
  }
}
