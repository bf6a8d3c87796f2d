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

  /// Holds that of `known` none is `pending`.
  ///
  /// Throws ``StoreErrorCode/notMigrated`` when all are, else ``StoreErrorCode/otherVersion``.
  package static func requireNone(
    pending: [Migration], of known: [Migration], store: String
  ) throws(StoreError) {
    guard let first = pending.first else { return }
    throw StoreError(
      pending.count == known.count ? .notMigrated : .otherVersion,
      "the migration \(first.name) has not been applied", place: store,
      remedy: "Run `latent migrate`.")
  }
}
