/// What went wrong with a store: what, where, and what to do about it. Nothing was changed.
package struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure, for code that must tell them apart.
  package enum Code: String, Sendable {
    /// The file or server can't be reached or opened.
    case unreachable
    /// The file or database is not Latent's, or a newer Latent's.
    case foreign
    /// A migration is pending.
    case notMigrated
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

  package let code: Code
  /// What happened, in a sentence without a full stop.
  package let problem: String
  /// The store, table, column or row it happened to.
  package let place: String
  /// What the reader can do.
  package let remedy: String

  package init(_ code: Code, _ problem: String, place: String, remedy: String) {
    self.code = code
    self.problem = problem
    self.place = place
    self.remedy = remedy
  }

  package var description: String { "\(place): \(problem). \(remedy)" }
}
