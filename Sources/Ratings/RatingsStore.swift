package import Errors

/// Where ratings live: one contract, which the SQLite and the Postgres store keep alike.
///
/// A store's users are all integers or all text, its items likewise; the types are fixed by the
/// first import. Calls block; every one of them leaves the store as it was when it throws.
package protocol RatingsStore: Sendable {
  /// The store as it may be shown: its URL, without a password.
  var name: String { get }

  /// The names of migrations that ``migrate()`` would apply, in order.
  func pendingMigrations() throws(StoreError) -> [String]

  /// Brings the schema up to date, each migration in a transaction of its own, and returns which it
  /// applied. On a store that is up to date it does nothing. Two at a time wait for each other.
  func migrate() throws(StoreError) -> [String]

  /// Runs `body` on this store, brought up to date. Where a store that is a file is not there yet, it
  /// appears whole when `body` returns, and not at all when that throws. Throws what `body` throws, or a ``StoreError``.
  func making<Result>(_ body: (any RatingsStore) throws -> Result) throws -> Result

  /// What the store holds, counted.
  func summary() throws(StoreError) -> StoreSummary

  /// The types of ids and the scale, as they are fixed so far.
  func settings() throws(StoreError) -> StoreSettings

  /// Runs `body` as one transaction that writes ratings and items: all of it, or, when it throws or
  /// the process ends, nothing. Throws what `body` throws, or a ``StoreError``.
  func write<Result>(_ body: (any RatingsWriter) throws -> Result) throws -> Result

  /// Hands all ratings over in batches of at most `batchSize`, as they stood at one moment,
  /// whatever is written meanwhile. Memory is bounded by the batch. The batch is reused: copy what
  /// must be kept. Throws what `body` throws, or a ``StoreError``.
  func readRatings(
    from source: RatingsSource, batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void)
    throws

  /// Hands all items with a title or attributes over, one by one, in the order of their ids.
  func readItems(_ body: (Item) throws -> Void) throws

  /// The ratings that `user` left, newest first and those without a time last, then by item;
  /// none for an unknown user.
  func ratings(of user: UserID, limit: Int) throws(StoreError) -> [Rating]

  /// The ratings that `item` received, newest first and those without a time last, then by user.
  func ratings(for item: ItemID, limit: Int) throws(StoreError) -> [Rating]

  /// The ratings of all users, newest first and those without a time last, then by user and item.
  func newestRatings(limit: Int) throws(StoreError) -> [Rating]

  /// How many ratings `item` has.
  func ratingCount(of item: ItemID) throws(StoreError) -> Int

  /// Users with their number of ratings, in the order of their ids, behind `after` when given.
  func users(after: UserID?, limit: Int) throws(StoreError) -> [Counted<UserID>]

  /// Items whose title, or whose id as text, holds `search` in any case (all items without it): first the
  /// one whose id it is, then the most rated first, then by id. Letters outside ASCII are compared in any case as well.
  func items(search: String?, limit: Int) throws(StoreError) -> [Counted<Item>]

  /// What is known of `item`; nil when it has neither title, attributes nor ratings.
  func item(_ item: ItemID) throws(StoreError) -> Item?

  /// Removes a user's ratings for good and returns how many there were. What is kept is a keyed hash of
  /// the id, for ``forgottenUsers()``, and what ``erase(_:)`` is for.
  func forget(_ user: UserID) throws(StoreError) -> Int

  /// Sees to it that neither a file of the store nor its log holds the id of a user who was forgotten.
  /// When it throws, the ratings are removed all the same; done again, it goes on. (What a server keeps
  /// of removed rows is the server's.)
  func erase(_ user: UserID) throws(StoreError)

  /// Those who were forgotten and have not been taken back.
  func forgottenUsers() throws(StoreError) -> ForgottenUsers

  /// Keeps the record of a training run.
  func record(_ run: RunRecord) throws(StoreError)

  /// Writes all that the store holds, as it stood at one moment whatever is written meanwhile, into new files in `folder`.
  func backUp(into folder: String) throws(StoreError)

  /// Puts what ``backUp(into:)`` of a store in such a database wrote in the place of all that this one holds, brought up to date: all
  /// of it or nothing.
  func overwrite(from folder: String) throws(StoreError)

  /// A session, which opens the store when something is asked of it. With a `query` over tables of the user's own what it says
  /// of a user is those ratings as well; then the store need not have tables of Latent's.
  func session(reading query: RatingsQuery?) -> any RatingsSession
}

extension RatingsStore {
  /// A session of Latent's tables alone.
  package func session() -> any RatingsSession { session(reading: nil) }

  package func making<Result>(_ body: (any RatingsStore) throws -> Result) throws -> Result {
    _ = try migrate()
    return try body(self)
  }

  /// ``readRatings(from:batchSize:_:)`` in batches of the usual size.
  package func readRatings(
    from source: RatingsSource, _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    try readRatings(from: source, batchSize: RatingBatch.usualCount, body)
  }
}

/// What a ``RatingsStore`` lets a writing transaction do.
package protocol RatingsWriter: AnyObject {
  /// The settings as this transaction sees them.
  var settings: StoreSettings { get }

  /// Fixes the types of ids; nil leaves one as it is. Throws ``StoreErrorCode/settingsConflict`` when the
  /// store already has others.
  func fixTypes(user: IdentifierType?, item: IdentifierType?) throws(StoreError)

  /// Fixes the scale. Throws ``StoreErrorCode/settingsConflict`` when the store has another one,
  /// or holds ratings outside it.
  func fixScale(_ scale: RatingScale) throws(StoreError)

  /// Fixes what the ratings say. Throws ``StoreErrorCode/settingsConflict`` when the store holds the
  /// other kind.
  func fixFeedback(_ feedback: Feedback) throws(StoreError)

  /// Whether there is any rating whose value is not `value`. Stops at the first; where all are
  /// `value`, it looks at every rating.
  func hasValue(otherThan value: Float) throws(StoreError) -> Bool

  /// Writes a batch of ratings; `rule` says what becomes of pairs that are there already. Rows that bring
  /// a pair back to what it was before the transaction take back what the tallies said of it before, and
  /// count as unchanged. The types must be fixed and be the batch's; a value outside the scale or not
  /// finite throws ``StoreErrorCode/badValue``, and adding where there is a scale
  /// ``StoreErrorCode/settingsConflict``.
  func write(_ batch: borrowing RatingBatch, _ rule: WriteRule) throws(StoreError) -> WriteTally

  /// Writes items; a known one gets the new title and attributes.
  func upsert(_ items: [Item]) throws(StoreError) -> WriteTally

  /// When the file with this digest was added to the ratings; nil where it was not.
  func dateOfAddition(ofFile digest: String) throws(StoreError) -> String?

  /// Keeps that the file with this digest was added to the ratings.
  func noteAddition(ofFile digest: String) throws(StoreError)

  /// Those who were forgotten, as this transaction sees them. The store writes their ratings like
  /// anybody's: it is for its callers to ask.
  func forgottenUsers() throws(StoreError) -> ForgottenUsers

  /// Takes users back who were forgotten; of others nothing is done.
  func readmit(_ users: some Collection<UserID>) throws(StoreError)
}

extension RatingsWriter {
  /// Writes a batch of ratings, in the place of those that are there already, unless those are newer.
  package func upsert(_ batch: borrowing RatingBatch) throws(StoreError) -> WriteTally {
    try write(batch, .replacing)
  }
}

/// Where in a store the ratings are read from.
package enum RatingsSource: Sendable, Equatable {
  /// Latent's own table.
  case table
  /// A query over tables that the user already has: columns user, item, then value and time if
  /// there are such, by position. Ids must be integers or text, the value a number or a truth value, the
  /// time a timestamp, a date or a number since 1970 (``Timestamp/microseconds(sinceEpoch:)``); NULL is
  /// allowed in the time alone.
  case query(String)
}

/// A training run as a store keeps it: what queries ask for, and all of it as text.
package struct RunRecord: Equatable, Sendable {
  /// The name the model goes by.
  package let modelName: String
  /// The version that was written; nil when none was.
  package let version: Int?
  /// How the run ended: `published`, `failed` ...
  package let outcome: String
  /// When it began, in ISO 8601, UTC.
  package let startedAt: String
  /// The whole run, as the program that trained wrote it: one JSON object.
  package let record: String

  /// A run whose whole record is `record`.
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

/// Something and how many ratings it has.
package struct Counted<Subject: Sendable>: Sendable {
  package let subject: Subject
  package let ratingCount: Int

  package init(_ subject: Subject, ratingCount: Int) {
    self.subject = subject
    self.ratingCount = ratingCount
  }
}

extension Counted: Equatable where Subject: Equatable {}

/// What a store holds, counted.
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

/// What went wrong with a store: what, where, and what to do about it. Nothing was changed.
package typealias StoreError = ExplainedError<StoreErrorCode>

/// The kinds of failure of a ``StoreError``.
package enum StoreErrorCode: String, ErrorCode {
  /// The file or server can't be reached or opened.
  case unreachable
  /// There is no such file yet.
  case missing
  /// The server has said nothing for as long as was to be waited for it.
  case silent
  /// The file or database is not Latent's.
  case foreign
  /// No migration has been applied: there are no tables of Latent's.
  case notMigrated
  /// The tables are an older Latent's, to be migrated.
  case outdated
  /// The tables are a newer Latent's, or altered.
  case otherVersion
  /// Another process holds what is needed.
  case busy
  /// A rating by somebody who was forgotten.
  case forgottenUser
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

extension StoreErrorCode {
  /// Whether it says that the store is away or held by another for now: the same may succeed later.
  package var isOfTheMoment: Bool {
    switch self {
    case .unreachable, .silent, .busy: true
    default: false
    }
  }
}

extension ExplainedError where Code == StoreErrorCode {
  /// What is thrown when a folder holds no copy of such a store.
  package static func otherKind(_ folder: String, than kind: String) -> StoreError {
    StoreError(
      .foreign, "it holds no copy of \(kind)", place: folder,
      remedy: "Name a store in a database like the one that was backed up.")
  }

  /// What is thrown when the tables of the store called `store` hold what Latent never writes.
  package static func damaged(_ store: String) -> StoreError {
    StoreError(
      .inputOutput, "the store holds values that Latent did not write", place: store,
      remedy: "Restore it from a backup, or import the ratings into a new store.")
  }
}
