import Errors
import Foundation
import GRDB
import GRDBSQLite
package import Ratings

/// What SQLite keeps for Latent in the file (`pragma user_version`).
private enum FileForm {
  /// Rows of those who were forgotten may stand in its bytes, in pieces or not: it is to be built
  /// anew.
  static let asWritten = 0
  /// Ids that are gone are gone from the bytes, or are found in one piece.
  static let builtAnew = 1
}

/// The table of those who were forgotten.
extension SQLiteTransaction {
  package func removeRatings(of user: UserID) throws -> Int {
    if try settings().itemType == .text && holdsLongItemIDs() {
      try database.execute(sql: "pragma user_version = \(FileForm.asWritten)")
    }
    try database.execute(
      sql: "delete from rating where user_id = ?", arguments: [user.databaseValue])
    return database.changesCount
  }

  /// Whether an entry may be so long that SQLite cuts it and puts the rest on another page, a user's id
  /// in two pieces.
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
  /// What `secure_delete` overwrites is the row. When SQLite moves rows from a full page to another it
  /// leaves their bytes where they were, beyond the end of what is in use, and there they stay until
  /// the page is written full, or the file is built anew from its rows: by `vacuum`, which takes as
  /// much room again on the disk and a second for some hundred MB. It is done where the id is still
  /// found in the file, or would not be found, and by the first erasure of a store, for those who
  /// were forgotten before there was this.
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
        "the ratings are removed, but the id may still stand in the file's bytes: \(error.problem)",
        place: error.place,
        remedy: error.code == .busy
          ? "Run the command again when nobody else reads from the store or writes to it."
          : "See that the disk has room for the file once more, and run the command again.")
    }
  }

  /// Brings the log into the file and cuts it to nothing. Waits for those who still read from it.
  private func emptyLog(_ database: Database) throws {
    let result = try Row.fetchOne(database, sql: "pragma wal_checkpoint(truncate)")
    guard result?[0] as Int? == 0 else {
      throw StoreError(
        .busy, "others keep the file's log from being emptied", place: name,
        remedy: "Try again when they are done.")
    }
  }
}

extension Identifier {
  /// The id as it stands in SQLite's file, if it is so long that it is not found by chance and so short
  /// that it is in one piece, as long as the ids beside it are; nil if not.
  fileprivate var distinctStoredBytes: [UInt8]? {
    switch value {
    case .text(let text):
      return (6...256).contains(text.utf8.count) ? Array(text.utf8) : nil
    case .integer(let integer):
      // SQLite has integers of 1, 2, 3, 4, 6 and 8 bytes.
      let bytes = withUnsafeBytes(of: integer.bigEndian) { Array($0) }
      for count in [1, 2, 3, 4, 6] where integer >> (count * 8 - 1) == integer >> 63 {
        return count < 6 ? nil : Array(bytes.suffix(count))
      }
      return bytes
    }
  }
}

extension Database {
  /// Whether `bytes` stand anywhere in the database's file, its unused pages and parts of pages among
  /// it. Read by SQLite's own means: a file that is opened and closed beside them takes their locks
  /// away.
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
    // Pieces overlap, so that none ends within what is sought.
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
  /// Whether `bytes`, of which there is at least one, stand in it in a row.
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
