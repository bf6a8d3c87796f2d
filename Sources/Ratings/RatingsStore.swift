package import Errors

/// A store of ratings: the contract that the SQLite and the Postgres store both implement.
///
/// The ids of a store's users are all integers or all text, and likewise those of its items; the first import
/// fixes the types. Calls block. A call that throws leaves the store unchanged.
package protocol RatingsStore: Sendable {
  /// The store's name for display: its URL without a password.
  var name: String { get }

  /// Returns the names of the migrations that ``migrate()`` would apply, in order.
  func pendingMigrations() throws(StoreError) -> [String]

  /// Brings the schema up to date, each migration in its own transaction, and returns the names of those
  /// applied. Does nothing if the store is up to date. Concurrent calls wait for each other.
  func migrate() throws(StoreError) -> [String]

  /// Migrates this store and runs `body` on it. If the store is a file that does not exist yet, it appears
  /// complete when `body` returns, and not at all if `body` throws. Throws what `body` throws, or a
  /// ``StoreError``.
  func making<Result>(_ body: (any RatingsStore) throws -> Result) throws -> Result

  /// Returns the counts of the store's contents.
  func summary() throws(StoreError) -> StoreSummary

  /// Returns the id types and the scale fixed so far.
  func settings() throws(StoreError) -> StoreSettings

  /// Runs `body` as one transaction that writes ratings and items. If `body` throws or the process ends,
  /// nothing is written. Throws what `body` throws, or a ``StoreError``.
  func write<Result>(_ body: (any RatingsWriter) throws -> Result) throws -> Result

  /// Passes all ratings to `body` in batches of at most `batchSize`, as one snapshot unaffected by concurrent
  /// writes. Memory is bounded by the batch. The batch is reused: copy what must be kept. Throws what `body`
  /// throws, or a ``StoreError``.
  func readRatings(
    from source: RatingsSource, batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void)
    throws

  /// Passes all items with a title or attributes to `body`, one by one, in the order of their ids.
  func readItems(_ body: (Item) throws -> Void) throws

  /// Returns the ratings of `user`, newest first, those without a time last, then by item; none for an
  /// unknown user.
  func ratings(of user: UserID, limit: Int) throws(StoreError) -> [Rating]

  /// Returns the ratings of `item`, newest first, those without a time last, then by user.
  func ratings(for item: ItemID, limit: Int) throws(StoreError) -> [Rating]

  /// Returns the ratings of all users, newest first, those without a time last, then by user and item.
  func newestRatings(limit: Int) throws(StoreError) -> [Rating]

  /// Returns the number of ratings of `item`.
  func ratingCount(of item: ItemID) throws(StoreError) -> Int

  /// Returns users with their number of ratings, in the order of their ids, starting after `after` if given.
  func users(after: UserID?, limit: Int) throws(StoreError) -> [Counted<UserID>]

  /// Returns the items whose title, or whose id as text, contains `search`, ignoring case (also of letters
  /// outside ASCII); all items if `search` is nil. The item whose id equals `search` comes first, then the
  /// most rated, then by id.
  func items(search: String?, limit: Int) throws(StoreError) -> [Counted<Item>]

  /// Returns what is known of `item`; nil if it has no title, attributes or ratings.
  func item(_ item: ItemID) throws(StoreError) -> Item?

  /// Removes a user's ratings permanently and returns how many there were. Keeps only a keyed hash of the id,
  /// for ``forgottenUsers()``, and what ``erase(_:)`` removes.
  func forget(_ user: UserID) throws(StoreError) -> Int

  /// Ensures that neither the store's files nor its log contain the id of a forgotten user. If it throws, the
  /// ratings are still removed, and a further call continues. (It can't control what a server keeps of
  /// deleted rows.)
  func erase(_ user: UserID) throws(StoreError)

  /// Returns the users who were forgotten and not readmitted since.
  func forgottenUsers() throws(StoreError) -> ForgottenUsers

  /// Saves the record of a training run.
  func record(_ run: RunRecord) throws(StoreError)

  /// Writes the store's entire contents to new files in `folder`, as one snapshot unaffected by concurrent
  /// writes.
  func backUp(into folder: String) throws(StoreError)

  /// Replaces the entire contents of this store by the backup that ``backUp(into:)`` of the same kind of
  /// store wrote to `folder`, and migrates it: all or nothing.
  func overwrite(from folder: String) throws(StoreError)

  /// Returns a session, which opens the store on first use. With a `query` over the user's own tables, a
  /// user's ratings include the query's rows; the store then need not have Latent's tables.
  func session(reading query: RatingsQuery?) -> any RatingsSession
}

extension RatingsStore {
  /// Returns a session of Latent's tables alone.
  package func session() -> any RatingsSession { session(reading: nil) }

  package func making<Result>(_ body: (any RatingsStore) throws -> Result) throws -> Result {
    _ = try migrate()
    return try body(self)
  }

  /// Does the same as ``readRatings(from:batchSize:_:)``, in batches of the default size.
  package func readRatings(
    from source: RatingsSource, _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    try readRatings(from: source, batchSize: RatingBatch.usualCount, body)
  }
}

/// The operations of a transaction that writes to a ``RatingsStore``.
package protocol RatingsWriter: AnyObject {
  /// The settings as seen by this transaction.
  var settings: StoreSettings { get }

  /// Fixes the id types; nil leaves one unchanged. Throws ``StoreErrorCode/settingsConflict`` if the store
  /// already has others.
  func fixTypes(user: IdentifierType?, item: IdentifierType?) throws(StoreError)

  /// Fixes the scale. Throws ``StoreErrorCode/settingsConflict`` if the store has another scale, or ratings
  /// outside this one.
  func fixScale(_ scale: RatingScale) throws(StoreError)

  /// Fixes the kind of feedback. Throws ``StoreErrorCode/settingsConflict`` if the store has the other kind.
  func fixFeedback(_ feedback: Feedback) throws(StoreError)

  /// Returns whether any rating has a value other than `value`. Stops at the first such rating; if there is
  /// none, it scans all ratings.
  func hasValue(otherThan value: Float) throws(StoreError) -> Bool

  /// Writes a batch of ratings; `rule` decides what happens to pairs already in the store. A row that
  /// restores a pair to its state before the transaction cancels what the tallies counted for it so far, and
  /// counts as unchanged. The types must be fixed and match the batch's. Throws ``StoreErrorCode/badValue``
  /// for a value outside the scale or not finite, and ``StoreErrorCode/settingsConflict`` for adding in a
  /// store with a scale.
  func write(_ batch: borrowing RatingBatch, _ rule: WriteRule) throws(StoreError) -> WriteTally

  /// Writes items; an existing item gets the new title and attributes.
  func upsert(_ items: [Item]) throws(StoreError) -> WriteTally

  /// Returns when the file with this digest was added to the ratings; nil if it never was.
  func dateOfAddition(ofFile digest: String) throws(StoreError) -> String?

  /// Records that the file with this digest was added to the ratings.
  func noteAddition(ofFile digest: String) throws(StoreError)

  /// Returns the forgotten users as seen by this transaction. The store writes their ratings like anyone's:
  /// the caller must check.
  func forgottenUsers() throws(StoreError) -> ForgottenUsers

  /// Readmits forgotten users; ignores others.
  func readmit(_ users: some Collection<UserID>) throws(StoreError)
}

extension RatingsWriter {
  /// Writes a batch of ratings, replacing existing ones unless those are newer.
  package func upsert(_ batch: borrowing RatingBatch) throws(StoreError) -> WriteTally {
    try write(batch, .replacing)
  }
}

/// Where in a store ratings are read from.
package enum RatingsSource: Sendable, Equatable {
  /// Latent's own table.
  case table
  /// A query over the user's own tables. Its columns are, by position, user, item and, optionally, value and
  /// time. Ids must be integers or text, the value a number or a boolean, the time a timestamp, a date or a
  /// number since 1970 (``Timestamp/microseconds(sinceEpoch:)``). Only the time may be NULL.
  case query(String)
}

/// A training run as a store keeps it: the fields used in queries, and the whole record as text.
package struct RunRecord: Equatable, Sendable {
  /// The model's name.
  package let modelName: String
  /// The version that was written; nil if none was.
  package let version: Int?
  /// The outcome: `published`, `failed` ...
  package let outcome: String
  /// The start time in ISO 8601, UTC.
  package let startedAt: String
  /// The whole run, as written by the training program: one JSON object.
  package let record: String

  /// Creates a run with the complete record `record`.
  package init(
    modelName: String, version: Int?, outcome: String, startedAt: String, record: String
  ) {
    self.modelName = modelName
    self.version = version
    self.outcome = outcome
    self.startedAt = startedAt
    self.record = record
  }
}

/// A subject with its number of ratings.
package struct Counted<Subject: Sendable>: Sendable {
  package let subject: Subject
  package let ratingCount: Int

  package init(_ subject: Subject, ratingCount: Int) {
    self.subject = subject
    self.ratingCount = ratingCount
  }
}

extension Counted: Equatable where Subject: Equatable {}

/// The counts of a store's contents.
package struct StoreSummary: Equatable, Sendable {
  package var ratingCount: Int
  /// Users with at least one rating.
  package var userCount: Int
  /// Items with a rating, a title or attributes: all that ``RatingsStore/items(search:limit:)`` lists.
  package var itemCount: Int

  package init(ratingCount: Int, userCount: Int, itemCount: Int) {
    self.ratingCount = ratingCount
    self.userCount = userCount
    self.itemCount = itemCount
  }
}

/// An error of a store: what failed, where, and what to do about it. Nothing was changed.
package typealias StoreError = ExplainedError<StoreErrorCode>

/// The kinds of ``StoreError``.
package enum StoreErrorCode: String, ErrorCode {
  /// The file or server can't be reached or opened.
  case unreachable
  /// The file does not exist yet.
  case missing
  /// The server did not respond within the timeout.
  case silent
  /// The file or database is not Latent's.
  case foreign
  /// No migration has been applied: Latent's tables are missing.
  case notMigrated
  /// The tables are from an older version of Latent and must be migrated.
  case outdated
  /// The tables are from a newer version of Latent, or were altered.
  case otherVersion
  /// Another process holds a required lock.
  case busy
  /// A rating by a forgotten user.
  case forgottenUser
  /// The types or the scale differ from the store's.
  case settingsConflict
  /// A value is not finite or outside the scale, or an id can't be stored.
  case badValue
  /// The user's query does not run, or its columns do not fit.
  case badQuery
  /// The disk is full, or reading or writing failed.
  case inputOutput
  /// The database refused the operation, or failed in another way.
  case failed
}

extension StoreErrorCode {
  /// Whether the error is transient: the store is unreachable or locked by another process, and a retry may
  /// succeed.
  package var isOfTheMoment: Bool {
    switch self {
    case .unreachable, .silent, .busy: true
    default: false
    }
  }
}

extension ExplainedError where Code == StoreErrorCode {
  /// Returns the error of a folder that holds no backup of this kind of store.
  package static func otherKind(_ folder: String, than kind: String) -> StoreError {
    StoreError(
      .foreign, "it holds no backup of \(kind)", place: folder,
      remedy: "Name a store of the kind that was backed up.")
  }

  /// Returns the error of a store whose tables hold data that Latent never writes.
  package static func damaged(_ store: String) -> StoreError {
    StoreError(
      .inputOutput, "the store holds values that Latent did not write", place: store,
      remedy: "Restore it from a backup, or import the ratings into a new store.")
  }
}
