import Foundation
import GRDB
package import Ratings

/// An open connection to the file of a ``SQLiteStore``.
package struct SQLiteConnection {
  let queue: DatabaseQueue
  /// The cached statement of the query over the user's own tables for one user.
  let lookup = KeptStatement()
  /// The file that was opened, whatever now has its name.
  private let file: FileIdentity?

  /// Opens the file at `path`.
  init(path: String, _ configuration: Configuration) throws {
    let before = FileIdentity(path)
    queue = try DatabaseQueue(path: path, configuration: configuration)
    // If the file was created or replaced meanwhile, either may be open.
    let after = FileIdentity(path)
    file = before == after ? after : nil
  }

  /// Returns whether the file at `path` is the open one.
  func isTo(_ path: String) -> Bool {
    guard let file else { return false }
    return file == FileIdentity(path)
  }
}

/// Identifies a file, to tell it from another of the same name.
private struct FileIdentity: Equatable {
  let device: dev_t
  let inode: ino_t

  /// Identifies the file at `path`; nil if there is none.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    (device, inode) = (status.st_dev, status.st_ino)
  }
}

/// Support for connections that sessions keep open.
extension SQLiteStore {
  package func isCurrent(_ connection: SQLiteConnection) -> Bool { connection.isTo(path) }

  package func foreignChanges(
    on connection: SQLiteConnection, reading lookup: UserLookup?
  ) throws -> Int64 {
    // SQLite's own counter ignores what this connection commits.
    try connection.queue.inDatabase {
      try Int64.fetchOne($0, sql: "pragma data_version") ?? 0
    }
  }
}
