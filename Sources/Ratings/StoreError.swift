package import Errors

/// What went wrong with a store: what, where, and what to do about it. Nothing was changed.
package typealias StoreError = ExplainedError<StoreErrorCode>

/// The kinds of failure of a ``StoreError``.
package enum StoreErrorCode: String, ErrorCode {
  /// The file or server can't be reached or opened.
  case unreachable
  /// The file or database is not Latent's.
  case foreign
  /// No migration has been applied: there are no tables of Latent's.
  case notMigrated
  /// The tables are another Latent's: an older one's, to be migrated, a newer one's, or altered.
  case otherVersion
  /// Another process holds what is needed.
  case busy
  /// Types or scale differ from those the store has.
  case settingsConflict
  /// A value is not finite or outside the scale, or an id can't be stored.
  case badValue
  /// The user's query does not run, or its columns do not fit.
  case badQuery
  /// The disk is full, or reading or writing failed.
  case inputOutput
  /// The database refused or failed otherwise.
  case failed
}
