import Errors

/// One numbered step of a store's schema: a file of SQL, part of the program.
package struct Migration: Equatable, Sendable {
  /// The file's name without its ending: `0001_ratings`. The order of names is the order of steps.
  package let name: String
  /// The SQL itself. Stores keep the script of each applied step, and compare.
  package let script: String

  /// The migration `name` whose file holds `bytes`.
  package init(_ name: String, _ bytes: [UInt8]) {
    self.name = name
    script = String(decoding: bytes, as: UTF8.self)
  }

  /// The migrations of `known` that a store still needs, given those applied to it, in order.
  ///
  /// Throws ``StoreErrorCode/otherVersion`` when the store has one that this program does not know,
  /// which a newer one made, or one whose script is another.
  package static func pending(
    of known: [Migration], applied: [Migration], store: String
  ) throws(StoreError) -> [Migration] {
    for (position, migration) in applied.enumerated() {
      guard position < known.count, known[position].name == migration.name else {
        throw StoreError(
          .otherVersion, "the store has the migration \(migration.name), which this program lacks",
          place: store, remedy: "A newer Latent made it: use that one.")
      }
      guard known[position].script == migration.script else {
        throw StoreError(
          .otherVersion, "the migration \(migration.name) was applied in another form",
          place: store,
          remedy: "Use the Latent that made the store, or import the ratings into a new store.")
      }
    }
    return Array(known.dropFirst(applied.count))
  }

  /// Checks that none of `known` is `pending`.
  ///
  /// Throws ``StoreErrorCode/notMigrated`` when all are, else ``StoreErrorCode/outdated``.
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

  /// ``RatingsStore/pendingMigrations()``, for a database that is there.
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

  /// Applies the next migration and returns its name; nil when there is none left.
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
