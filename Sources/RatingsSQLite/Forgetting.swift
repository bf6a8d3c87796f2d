import Errors
import Foundation
import GRDB
import GRDBSQLite
package import Ratings

/// The state of a store's file, kept in SQLite's `pragma user_version`.
private enum FileForm {
  /// The file's bytes may contain the ids of forgotten users, whole or in fragments; it needs a `vacuum`.
  static let asWritten = 0
  /// Deleted ids are gone from the file's bytes, or can be found there in one piece.
  static let builtAnew = 1
}

/// The table of forgotten users.
extension SQLiteTransaction {
  package func removeRatings(of user: UserID) throws -> Int {
    if try settings().itemType == .text && holdsLongItemIDs() {
      try database.execute(sql: "pragma user_version = \(FileForm.asWritten)")
    }
    try database.execute(
      sql: "delete from rating where user_id = ?", arguments: [user.databaseValue])
    return database.changesCount
  }

  /// Returns whether an entry may be so long that SQLite moves part of it to an overflow page, which could
  /// split a user's id.
  private func holdsLongItemIDs() throws -> Bool {
    try Bool.fetchOne(
      database, sql: "select exists (select 1 from rating where length(item_id) > 50)") ?? false
  }

  package func forgettingKey() throws -> ForgettingKey? {
    try String.fetchOne(database, sql: "select forgetting_key from store_settings")
      .flatMap(ForgettingKey.init(hexadecimal:))
  }

  package func save(_ key: ForgettingKey) throws {
    try database.execute(
      sql: "update store_settings set forgetting_key = ?", arguments: [key.hexadecimal])
  }

  package func forgottenDigests() throws -> [String] {
    try String.fetchAll(database, sql: "select digest from forgotten_user")
  }

  package func isForgotten(_ digest: String) throws -> Bool {
    let statement = try database.cachedStatement(
      sql: "select exists (select 1 from forgotten_user where digest = ?)")
    return try Bool.fetchOne(statement, arguments: [digest]) ?? false
  }

  package func addForgotten(_ digest: String, at time: Timestamp) throws {
    try database.execute(
      sql: "insert into forgotten_user values (?, ?) on conflict do nothing",
      arguments: [digest, time.description])
  }

  package func removeForgotten(_ digest: String) throws {
    try database.cachedStatement(sql: "delete from forgotten_user where digest = ?")
      .execute(arguments: [digest])
  }
}

extension SQLiteStore {
  /// Runs `vacuum` if the file still contains the id, or if a search could not find it. Also does so on a
  /// store's first erasure, for users forgotten before this method existed.
  ///
  /// `secure_delete` overwrites deleted rows. But when SQLite splits a full page, it leaves copies of the
  /// moved rows beyond the used part of the page. They remain until the page fills up or `vacuum` rebuilds
  /// the file, which takes as much disk space again and a second for some hundred MB.
  package func erase(_ user: UserID) throws(StoreError) {
    removeAbandonedDraft()
    do throws(StoreError) {
      // Outside of any transaction.
      try storeErrors(while: .writing) {
        try connect(.writing).queue.writeWithoutTransaction { database in
          try requireMigrated(SQLiteTransaction(database, storeName: name))
          try emptyLog(database)
          let form = try Int.fetchOne(database, sql: "pragma user_version")
          if form == FileForm.builtAnew, let bytes = user.distinctStoredBytes,
            try !database.fileContains(bytes)
          {
            return
          }
          try database.execute(sql: "vacuum")
          try database.execute(sql: "pragma user_version = \(FileForm.builtAnew)")
          try emptyLog(database)
        }
      }
    } catch {
      throw StoreError(
        error.code,
        "the ratings are removed, but the id may remain in the file's bytes: \(error.problem)",
        place: error.place,
        remedy: error.code == .busy
          ? "Run the command again when no other process uses the store."
          : "Make room on the disk for a second copy of the file, and run the command again.")
    }
  }

  /// Checkpoints the log into the file and truncates it. Waits for readers that still use the log.
  private func emptyLog(_ database: Database) throws {
    let result = try Row.fetchOne(database, sql: "pragma wal_checkpoint(truncate)")
    guard result?[0] as Int? == 0 else {
      throw StoreError(
        .busy, "other connections keep the write-ahead log from being truncated", place: name,
        remedy: "Try again when they are done.")
    }
  }
}

extension Identifier {
  /// The id as SQLite stores it, if it can be searched for: long enough not to occur by chance, and short
  /// enough, as are the ids next to it, to be in one piece; nil if not.
  fileprivate var distinctStoredBytes: [UInt8]? {
    switch value {
    case .text(let text):
      return (6...256).contains(text.utf8.count) ? Array(text.utf8) : nil
    case .integer(let integer):
      // SQLite stores integers in 1, 2, 3, 4, 6 or 8 bytes.
      let bytes = withUnsafeBytes(of: integer.bigEndian) { Array($0) }
      for count in [1, 2, 3, 4, 6] where integer >> (count * 8 - 1) == integer >> 63 {
        return count < 6 ? nil : Array(bytes.suffix(count))
      }
      return bytes
    }
  }
}

extension Database {
  /// Returns whether `bytes` occur anywhere in the database file, including unused pages and parts of pages.
  /// Reads it through SQLite: opening and closing the file separately would release SQLite's locks.
  fileprivate func fileContains(_ bytes: [UInt8]) throws -> Bool {
    var handle: UnsafeMutablePointer<sqlite3_file>?
    let code = withUnsafeMutablePointer(to: &handle) {
      sqlite3_file_control(sqliteConnection, "main", SQLITE_FCNTL_FILE_POINTER, $0)
    }
    guard code == SQLITE_OK, let handle, let methods = handle.pointee.pMethods?.pointee,
      let fileSize = methods.xFileSize, let read = methods.xRead
    else { return true }
    var size: sqlite3_int64 = 0
    guard fileSize(handle, &size) == SQLITE_OK else {
      throw DatabaseError(resultCode: .SQLITE_IOERR)
    }
    // Chunks overlap, so that no match is split.
    let pieceSize = 1 << 22
    var piece = [UInt8](repeating: 0, count: pieceSize + bytes.count - 1)
    var start: sqlite3_int64 = 0
    while start < size {
      let count = Int(min(sqlite3_int64(piece.count), size - start))
      let isFound = try piece.withUnsafeMutableBytes { buffer in
        guard read(handle, buffer.baseAddress, Int32(count), start) == SQLITE_OK else {
          throw DatabaseError(resultCode: .SQLITE_IOERR)
        }
        return UnsafeRawBufferPointer(rebasing: buffer[..<count]).contains(bytes)
      }
      if isFound { return true }
      start += sqlite3_int64(pieceSize)
    }
    return false
  }
}

extension UnsafeRawBufferPointer {
  /// Returns whether `bytes`, which must not be empty, occur as a contiguous subsequence.
  fileprivate func contains(_ bytes: [UInt8]) -> Bool {
    var rest = self
    while rest.count >= bytes.count, let start = rest.baseAddress,
      let found = memchr(start, Int32(bytes[0]), rest.count - bytes.count + 1)
    {
      if memcmp(found, bytes, bytes.count) == 0 { return true }
      rest = UnsafeRawBufferPointer(rebasing: rest[(UnsafeRawPointer(found) - start + 1)...])
    }
    return false
  }
}
