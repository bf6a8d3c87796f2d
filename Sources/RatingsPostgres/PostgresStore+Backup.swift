import CPostgres
import Errors
import Foundation
package import Ratings

/// The description of a backup's tables, by which they are restored.
private struct SavedTables: Codable {
  struct Table: Codable {
    let name: String
    let columns: [String]
  }

  /// The name of its file.
  static let fileName = "store.json"

  /// The tables, ordered so that rows follow those that they refer to.
  let tables: [Table]
  /// The applied migrations.
  let migrations: [String]
  let userType: IdentifierType?
  let itemType: IdentifierType?
}

extension PostgresStore {
  /// Writes each table with `copy` in text format, in one transaction with a snapshot; writers are not
  /// blocked.
  package func backUp(into folder: String) throws(StoreError) {
    try inTransaction(.reading) { transaction in
      try requireMigrated(transaction)
      let connection = transaction.connection
      let tables = try transaction.savedTables()
      for table in tables {
        try connection.copyOut(
          "copy latent.\(table.name) (\(table.list)) to stdout", to: table.path(in: folder), name)
      }
      let settings = try transaction.settings()
      let saved = SavedTables(
        tables: tables, migrations: try transaction.appliedMigrations().map(\.name),
        userType: settings.userType, itemType: settings.itemType)
      do {
        try JSONEncoder().encode(saved).write(
          to: URL(fileURLWithPath: folder + "/" + SavedTables.fileName))
      } catch { throw StoreError.notWritten(folder, error) }
    }
  }

  private func inTransaction(
    _ access: StoreAccess, _ body: (PostgresTransaction) throws -> Void
  ) throws(StoreError) {
    try storeErrors(while: access) { try transaction(access, on: connect(access), body) }
  }

  /// Runs in one transaction: others wait, and see all of the new contents from then on. Tables with all
  /// migrations are truncated and filled again, which keeps other objects that depend on them. The schema is
  /// recreated only if it is older, or its ids have other types. That fails if other objects depend on it,
  /// and the error names them.
  package func overwrite(from folder: String) throws(StoreError) {
    guard
      let data = FileManager.default.contents(atPath: folder + "/" + SavedTables.fileName),
      let saved = try? JSONDecoder().decode(SavedTables.self, from: data)
    else { throw .otherKind(folder, than: "a PostgreSQL store") }
    let known = Self.migrations.map(\.name)
    guard known.starts(with: saved.migrations) else {
      throw StoreError(
        .otherVersion, "the backup has migrations unknown to this program", place: folder,
        remedy: "A newer Latent made it: use that version.")
    }
    try inTransaction(.migrating) { transaction in
      let connection = transaction.connection
      // Throws if the schema is not Latent's.
      let applied = try transaction.appliedMigrations()
      var fixed = StoreSettings()
      if applied == Self.migrations { fixed = try transaction.settings() }
      let fits = [(fixed.userType, saved.userType), (fixed.itemType, saved.itemType)]
        .allSatisfy { $0 == nil || $0 == $1 }
      if applied != Self.migrations || !fits {
        if !applied.isEmpty { try transaction.dropTables() }
        for migration in Self.migrations { try transaction.apply(migration) }
        fixed = StoreSettings()
      }
      try transaction.save(
        StoreSettings(userType: saved.userType, itemType: saved.itemType), over: fixed)
      let names = Set(try transaction.savedTables().map(\.name))
      let list = names.sorted().map { "latent.\($0)" }.joined(separator: ", ")
      try connection.execute("truncate \(list)")
      for table in saved.tables where names.contains(table.name) {
        try connection.copyIn(
          "copy latent.\(table.name) (\(table.list)) from stdin", from: table.path(in: folder))
      }
      try connection.execute(
        """
        select setval(pg_get_serial_sequence('latent.training_run', 'run_id'),
          (select coalesce(max(run_id), 0) + 1 from latent.training_run), false)
        """)
    }
  }
}

extension SavedTables.Table {
  /// The column list for a statement.
  fileprivate var list: String {
    columns.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ", ")
  }

  fileprivate func path(in folder: String) -> String { folder + "/" + name + ".copy" }
}

extension PostgresTransaction {
  /// Drops Latent's tables, without cascading: if other objects depend on them, this fails and names those.
  fileprivate func dropTables() throws {
    let rows = try connection.query(
      "select relname from pg_class where relnamespace = to_regnamespace('latent') and relkind = 'r'"
    )
    let list = (0..<rows.count).compactMap { rows.text($0, 0) }.map { "latent.\"\($0)\"" }
    try connection.execute("drop table \(list.joined(separator: ", "))")
    // Only Latent's own functions are left.
    try connection.execute("drop schema latent cascade")
  }

  /// Returns Latent's tables with their columns, except for the migrations, which the program provides. Items
  /// come before their attributes, because their names sort that way.
  fileprivate func savedTables() throws -> [SavedTables.Table] {
    let rows = try connection.query(
      """
      select relname, attname from pg_class join pg_attribute on attrelid = pg_class.oid
      where relnamespace = to_regnamespace('latent') and relkind = 'r' and attnum > 0
        and not attisdropped and relname <> 'migration'
      order by relname collate "C", attnum
      """)
    let pairs = (0..<rows.count).compactMap { row -> (String, String)? in
      guard let table = rows.text(row, 0), let column = rows.text(row, 1) else { return nil }
      return (table, column)
    }
    return Dictionary(grouping: pairs) { $0.0 }.sorted { $0.key < $1.key }
      .map { SavedTables.Table(name: $0.key, columns: $0.value.map(\.1)) }
  }
}

extension PostgresConnection {
  /// Runs `copy ... to stdout` into a new file; an empty table has none.
  fileprivate func copyOut(_ sql: String, to path: String, _ store: String) throws {
    var file: FileHandle?
    try copyOut(sql) { piece in
      do {
        if file == nil {
          let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
          guard descriptor >= 0 else { throw StoreError.notWritten(path, SystemError()) }
          file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        }
        try file?.write(contentsOf: Data(piece))
      } catch let error as StoreError { throw error } catch {
        throw StoreError.notWritten(path, error)
      }
    }
    do { try file?.synchronize() } catch { throw StoreError.notWritten(path, error) }
  }

  /// Runs `copy ... from stdin` with the contents of the file, if it exists.
  fileprivate func copyIn(_ sql: String, from path: String) throws {
    guard let file = FileHandle(forReadingAtPath: path) else { return }
    try copyIn(
      sql,
      sending: { send in
        while let piece = try file.read(upToCount: 1 << 16), !piece.isEmpty {
          try piece.withUnsafeBytes { try send($0.bindMemory(to: CChar.self)) }
        }
      })
  }
}

extension ExplainedError<StoreErrorCode> {
  fileprivate static func notWritten(_ path: String, _ error: Any) -> StoreError {
    StoreError(
      .inputOutput, "the backup can't be written: \(error)", place: path,
      remedy: "Make room on the disk and try again.")
  }
}
