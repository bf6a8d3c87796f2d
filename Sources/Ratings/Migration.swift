import Errors

/// A numbered migration of a store's schema: an SQL file embedded in the program.
package struct Migration: Equatable, Sendable {
  /// The file's name without its extension, such as `0001_ratings`. Migrations are applied in the order of
  /// their names.
  package let name: String
  /// The SQL script. Stores keep the script of each applied migration, to compare it with this one.
  package let script: String

  /// Creates the migration `name` from the bytes of its file.
  package init(_ name: String, _ bytes: [UInt8]) {
    self.name = name
    script = String(decoding: bytes, as: UTF8.self)
  }

  /// Returns the migrations of `known` that a store still needs, given those `applied`, in order.
  ///
  /// Throws ``StoreErrorCode/otherVersion`` if the store has a migration that this program does not know (a
  /// newer program applied it), or one with a different script.
  package static func pending(
    of known: [Migration], applied: [Migration], store: String
  ) throws(StoreError) -> [Migration] {
    for (position, migration) in applied.enumerated() {
      guard position < known.count, known[position].name == migration.name else {
        throw StoreError(
          .otherVersion, "the store has the migration \(migration.name), unknown to this program",
          place: store, remedy: "A newer Latent applied it: use that version.")
      }
      guard known[position].script == migration.script else {
        throw StoreError(
          .otherVersion, "the migration \(migration.name) was applied with a different script",
          place: store,
          remedy: "Use the Latent that made the store, or import the ratings into a new store.")
      }
    }
    return Array(known.dropFirst(applied.count))
  }

  /// Throws unless `pending` is empty.
  ///
  /// Throws ``StoreErrorCode/notMigrated`` if all of `known` are pending, else ``StoreErrorCode/outdated``.
  fileprivate static func requireNone(
    pending: [Migration], of known: [Migration], store: String
  ) throws(StoreError) {
    guard let first = pending.first else { return }
    throw StoreError(
      pending.count == known.count ? .notMigrated : .outdated,
      "the migration \(first.name) has not been applied", place: store,
      remedy: "Migrate the store.")
  }
}

extension DatabaseStore {
  package func pendingMigrations() throws(StoreError) -> [String] {
    try pendingMigrationsOfDatabase()
  }

  /// Implements ``RatingsStore/pendingMigrations()`` for a database that exists.
  package func pendingMigrationsOfDatabase() throws(StoreError) -> [String] {
    try run(.readingForeign) { try pendingMigrations($0).map(\.name) }
  }

  package func migrate() throws(StoreError) -> [String] {
    var applied: [String] = []
    while let name = try run(.migrating, applyNextMigration) { applied.append(name) }
    return applied
  }

  /// Throws unless all migrations have been applied.
  package func requireMigrated(_ transaction: Transaction) throws {
    try Migration.requireNone(
      pending: pendingMigrations(transaction), of: Self.migrations, store: name)
  }

  /// Applies the next migration and returns its name; nil if none is left.
  private func applyNextMigration(_ transaction: Transaction) throws -> String? {
    guard let next = try pendingMigrations(transaction).first else { return nil }
    try transaction.apply(next)
    return next.name
  }

  private func pendingMigrations(_ transaction: Transaction) throws -> [Migration] {
    try Migration.pending(
      of: Self.migrations, applied: transaction.appliedMigrations(), store: name)
  }
}
