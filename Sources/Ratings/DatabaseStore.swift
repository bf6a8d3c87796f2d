import Errors

/// What a transaction of a ``DatabaseStore`` does, and what it requires of the database.
package enum StoreAccess: Sendable {
  /// Reads Latent's tables, which must be migrated.
  case reading
  /// Reads any tables of the database.
  case readingForeign
  /// Writes to Latent's tables, which must be migrated, one writer at a time.
  case writing
  /// Creates or alters Latent's tables, one migration at a time; creates the database file where there is
  /// one.
  case migrating
}

/// A store in a transactional SQL database.
///
/// A conforming type says how to open a transaction and what the database's errors mean. Its SQL is in its
/// ``StoreTransaction``. The logic common to all stores is in this protocol's extensions.
package protocol DatabaseStore: RatingsStore {
  /// The type that holds the store's SQL.
  associatedtype Transaction: StoreTransaction
  /// A database connection; it runs one transaction at a time.
  associatedtype Connection

  /// All migrations of the schema, in order.
  static var migrations: [Migration] { get }

  /// Opens a connection for transactions of `access`; one for `writing` also serves `reading`. Throws the
  /// database's own errors.
  func connect(_ access: StoreAccess) throws -> Connection

  /// Runs `body` in a transaction for `access`, and commits unless `body` throws. Reads see a single
  /// snapshot. Throws the database's own errors.
  func transaction<Result>(
    _ access: StoreAccess, on connection: Connection, _ body: (Transaction) throws -> Result
  ) throws -> Result

  /// Returns whether `connection` still refers to the current database.
  func isCurrent(_ connection: Connection) -> Bool

  /// Returns a number that changes when another connection changes ratings. If `lookup` is given, it also
  /// changes with the tables from which its query reads. Throws the database's own errors.
  func foreignChanges(on connection: Connection, reading lookup: UserLookup?) throws -> Int64

  /// Converts a database error to a ``StoreError`` with a remedy; nil for any other error.
  func storeError(_ error: any Error, while access: StoreAccess) -> StoreError?
}

/// A store's SQL, within one transaction. Throws the database's errors, or a ``StoreError``.
package protocol StoreTransaction: AnyObject {
  /// Returns the applied migrations, in order. Throws ``StoreErrorCode/foreign`` if tables that are not
  /// Latent's occupy the names of its own.
  func appliedMigrations() throws -> [Migration]
  /// Runs a migration's script and records it as applied.
  func apply(_ migration: Migration) throws

  /// Returns the id types and the scale fixed so far.
  func settings() throws -> StoreSettings
  /// Saves the settings. If `old` has no id types, the tables have no rows yet.
  func save(_ settings: StoreSettings, over old: StoreSettings) throws
  /// Returns the lowest and the highest value of all ratings; nil if there are none.
  func valueExtremes() throws -> (lowest: Float, highest: Float)?
  /// Returns whether any rating has a value other than `value`.
  func hasValue(otherThan value: Float) throws -> Bool
  /// Returns the counts of the store's contents.
  func summary() throws -> StoreSummary

  /// Passes all ratings to `body` in batches.
  func readRatings(batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void) throws
  /// Passes the rows of `query` to `body` in batches.
  func readRatings(
    of query: RatingsQuery, batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void) throws
  /// Returns a user's ratings in the order of ``RatingsStore/ratings(of:limit:)``.
  func ratings(of user: UserID, limit: Int) throws -> [Rating]
  /// Returns a user's ratings among the rows of `query`, in the same order.
  func ratings(of user: UserID, in query: RatingsQuery, limit: Int) throws -> [Rating]
  /// Returns how `query` finds one user's ratings. The query is checked but not run.
  func lookup(by query: RatingsQuery) throws -> UserLookup
  /// Returns an item's ratings in the order of ``RatingsStore/ratings(for:limit:)``.
  func ratings(for item: ItemID, limit: Int) throws -> [Rating]
  /// Returns ratings in the order of ``RatingsStore/newestRatings(limit:)``.
  func newestRatings(limit: Int) throws -> [Rating]
  /// Returns the number of ratings of an item.
  func ratingCount(of item: ItemID) throws -> Int
  /// Returns the users after `after`, as ``RatingsStore/users(after:limit:)`` does.
  func users(after: UserID?, limit: Int) throws -> [Counted<UserID>]
  /// Writes ratings that have been validated. `ledger` is the transaction's.
  func write(
    _ batch: RatingBatch, _ rule: WriteRule, _ ledger: inout ReplacementLedger
  ) throws -> WriteTally
  /// The state of filling an empty table; nil before the first write of ratings.
  var fill: OrderedFill? { get set }
  /// Returns whether the ratings table is empty and exclusive to this transaction. If so, its index by item,
  /// whose entries would arrive out of order, is deferred until ``finishWriting()``.
  func beginFilling() throws -> Bool
  /// Returns what the table holds for each pair; nil where it has no rating. The pairs are sorted and unique;
  /// values and times are ignored.
  func states(of pairs: RatingBatch) throws -> [RatingState?]
  /// Inserts or overwrites ratings; the pairs are sorted and unique.
  func put(_ batch: RatingBatch) throws
  /// Deletes the ratings of `pairs`.
  func remove(_ pairs: RatingBatch) throws
  /// Finishes writing: does the work deferred while an empty table was filled.
  func finishWriting() throws
  /// Returns when the file with this digest was added; nil if it never was.
  func dateOfAddition(ofFile digest: String) throws -> String?
  /// Records that the file with this digest was added. It must not have been added before.
  func noteAddition(ofFile digest: String, at time: Timestamp) throws

  /// Passes all items with a title or attributes to `body`, in the order of their ids.
  func readItems(_ body: (Item) throws -> Void) throws
  /// Returns the items that match `search`, as ``RatingsStore/items(search:limit:)`` does.
  func items(search: TextSearch?, limit: Int) throws -> [Counted<Item>]
  /// Returns what is known of `item`; nil if it has no title, attributes or ratings.
  func item(_ item: ItemID) throws -> Item?
  /// Writes items that have been validated.
  func upsert(_ items: [Item]) throws -> WriteTally

  /// Deletes a user's ratings and returns how many there were.
  func removeRatings(of user: UserID) throws -> Int
  /// Returns the key for the digests of forgotten users; nil until a user is forgotten.
  func forgettingKey() throws -> ForgettingKey?
  /// Saves the key. There must be none yet.
  func save(_ key: ForgettingKey) throws
  /// Returns the digests of all forgotten users.
  func forgottenDigests() throws -> [String]
  /// Returns whether a digest is among them.
  func isForgotten(_ digest: String) throws -> Bool
  /// Adds a digest unless it is already there.
  func addForgotten(_ digest: String, at time: Timestamp) throws
  /// Removes a digest if it is there.
  func removeForgotten(_ digest: String) throws

  /// Saves the record of a training run.
  func record(_ run: RunRecord) throws
}

extension StoreTransaction {
  /// Returns whether the table can't hold any pair of the batch, because it was empty and all pairs arrive in
  /// order.
  package func isFilling(_ replay: UpsertReplay, _ batch: borrowing RatingBatch) throws -> Bool {
    var fill = try fill ?? OrderedFill(isEmpty: beginFilling())
    defer { self.fill = fill }
    return fill.isNew(replay, batch)
  }
}

extension StoreTransaction {
  fileprivate func forgottenUsers() throws -> ForgottenUsers {
    ForgottenUsers(key: try forgettingKey(), digests: try forgottenDigests())
  }

  fileprivate func forget(_ user: UserID) throws -> Int {
    let known = try forgettingKey()
    let key = known ?? ForgettingKey()
    if known == nil { try save(key) }
    try addForgotten(key.digest(of: user), at: .now)
    return try removeRatings(of: user)
  }
}

extension DatabaseStore {
  /// Runs `body` and converts the database's errors to ``StoreError``.
  package func storeErrors<Result>(
    while access: StoreAccess, _ body: () throws -> Result
  ) throws(StoreError) -> Result {
    do {
      return try body()
    } catch let error as StoreError {
      throw error
    } catch {
      throw storeError(error, while: access)
        ?? StoreError(
          .failed, "\(error)", place: name,
          remedy: "Please report this: it is a bug in Latent.")
    }
  }

  /// Runs `body` in a transaction for `access`. `body` may only throw the database's errors and the store's.
  func run<Result>(
    _ access: StoreAccess, _ body: (Transaction) throws -> Result
  ) throws(StoreError) -> Result {
    try storeErrors(while: access) { try migratedTransaction(access, body) }
  }

  /// Does the same as ``run(_:_:)``, but `body` may throw other errors as well.
  private func runThrough<Result>(
    _ access: StoreAccess, _ body: (Transaction) throws -> Result
  ) throws -> Result {
    do { return try migratedTransaction(access, body) } catch {
      throw storeError(error, while: access) ?? error
    }
  }

  private func transaction<Result>(
    _ access: StoreAccess, _ body: (Transaction) throws -> Result
  ) throws -> Result {
    try transaction(access, on: connect(access), body)
  }

  private func migratedTransaction<Result>(
    _ access: StoreAccess, _ body: (Transaction) throws -> Result
  ) throws -> Result {
    try transaction(access) { transaction in
      if access == .reading || access == .writing { try requireMigrated(transaction) }
      return try body(transaction)
    }
  }

  package func settings() throws(StoreError) -> StoreSettings {
    try run(.reading) { try $0.settings() }
  }

  package func summary() throws(StoreError) -> StoreSummary {
    try run(.reading) { try $0.summary() }
  }

  package func write<Result>(_ body: (any RatingsWriter) throws -> Result) throws -> Result {
    try runThrough(.writing) { transaction in
      let writer = TransactionWriter(transaction, of: self, settings: try transaction.settings())
      defer { writer.end() }
      let result = try body(writer)
      if let failure = writer.failure { throw failure }
      try transaction.finishWriting()
      return result
    }
  }

  package func readRatings(
    from source: RatingsSource, batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    precondition(batchSize > 0, "a batch of no rows")
    switch source {
    case .table:
      try runThrough(.reading) { try $0.readRatings(batchSize: batchSize, body) }
    case .query(let sql):
      let query = try RatingsQuery(sql, store: name)
      try runThrough(.readingForeign) {
        try $0.readRatings(of: query, batchSize: batchSize, body)
      }
    }
  }

  package func readItems(_ body: (Item) throws -> Void) throws {
    try runThrough(.reading) { try $0.readItems(body) }
  }

  package func ratings(of user: UserID, limit: Int) throws(StoreError) -> [Rating] {
    try run(.reading) { try $0.ratings(of: user, limit: max(limit, 0)) }
  }

  package func ratings(for item: ItemID, limit: Int) throws(StoreError) -> [Rating] {
    try run(.reading) { try $0.ratings(for: item, limit: max(limit, 0)) }
  }

  package func newestRatings(limit: Int) throws(StoreError) -> [Rating] {
    try run(.reading) { try $0.newestRatings(limit: max(limit, 0)) }
  }

  package func ratingCount(of item: ItemID) throws(StoreError) -> Int {
    try run(.reading) { try $0.ratingCount(of: item) }
  }

  package func users(after: UserID?, limit: Int) throws(StoreError) -> [Counted<UserID>] {
    try run(.reading) { try $0.users(after: after, limit: max(limit, 0)) }
  }

  package func items(search: String?, limit: Int) throws(StoreError) -> [Counted<Item>] {
    try run(.reading) { transaction in
      let limit = max(limit, 0)
      guard let search else { return try transaction.items(search: nil, limit: limit) }
      let type = try transaction.settings().itemType
      let exact = type.flatMap { ItemID(search, as: $0) }
      guard limit > 0, let exact, let item = try transaction.item(exact) else {
        return try transaction.items(search: TextSearch(search), limit: limit)
      }
      // The item may be anywhere in the results, so one more result takes its place.
      let others = try transaction.items(search: TextSearch(search), limit: limit)
        .filter { $0.subject.id != exact }
      return [Counted(item, ratingCount: try transaction.ratingCount(of: exact))]
        + others.prefix(limit - 1)
    }
  }

  package func item(_ item: ItemID) throws(StoreError) -> Item? {
    try run(.reading) { try $0.item(item) }
  }

  package func forget(_ user: UserID) throws(StoreError) -> Int {
    try run(.writing) { try $0.forget(user) }
  }

  package func forgottenUsers() throws(StoreError) -> ForgottenUsers {
    try run(.reading) { try $0.forgottenUsers() }
  }

  package func record(_ run: RunRecord) throws(StoreError) {
    try self.run(.writing) { try $0.record(run) }
  }

  package func session(reading query: RatingsQuery?) -> any RatingsSession {
    DatabaseSession(self, reading: query)
  }
}

/// A writer that validates what is written, then passes it to a transaction.
private final class TransactionWriter<Store: DatabaseStore>: RatingsWriter {
  private(set) var settings: StoreSettings
  /// The first database error. After it the transaction can't be committed, even if the caller ignored it.
  private(set) var failure: StoreError?
  private let store: Store
  private var transaction: Store.Transaction?
  private var ledger = ReplacementLedger()

  init(_ transaction: Store.Transaction, of store: Store, settings: StoreSettings) {
    self.transaction = transaction
    self.store = store
    self.settings = settings
  }

  /// Invalidates the writer: later calls trap.
  func end() { transaction = nil }

  func fixTypes(user: IdentifierType?, item: IdentifierType?) throws(StoreError) {
    try save(settings.fixingTypes(user: user, item: item, store: store.name))
  }

  func fixScale(_ scale: RatingScale) throws(StoreError) {
    let extremes = try change { try $0.valueExtremes() }
    try save(settings.fixingScale(scale, extremes: extremes, store: store.name))
  }

  func fixFeedback(_ feedback: Feedback) throws(StoreError) {
    try save(settings.fixingFeedback(feedback, store: store.name))
  }

  private func save(_ fixed: StoreSettings) throws(StoreError) {
    guard fixed != settings else { return }
    try change { [settings] in try $0.save(fixed, over: settings) }
    settings = fixed
  }

  func hasValue(otherThan value: Float) throws(StoreError) -> Bool {
    try change { try $0.hasValue(otherThan: value) }
  }

  func write(
    _ batch: borrowing RatingBatch, _ rule: WriteRule
  ) throws(StoreError) -> WriteTally {
    try settings.check(batch, store: store.name)
    if rule == .adding { try settings.checkAdding(store: store.name) }
    // A closure can't capture `borrowing` parameters; copying the batch copies no element.
    let batch = copy batch
    return try change { try $0.write(batch, rule, &ledger) }
  }

  func upsert(_ items: [Item]) throws(StoreError) -> WriteTally {
    try settings.check(items, store: store.name)
    return try change { try $0.upsert(items) }
  }

  func dateOfAddition(ofFile digest: String) throws(StoreError) -> String? {
    try change { try $0.dateOfAddition(ofFile: digest) }
  }

  func noteAddition(ofFile digest: String) throws(StoreError) {
    try change { try $0.noteAddition(ofFile: digest, at: .now) }
  }

  func forgottenUsers() throws(StoreError) -> ForgottenUsers {
    try change { try $0.forgottenUsers() }
  }

  func readmit(_ users: some Collection<UserID>) throws(StoreError) {
    try change { transaction in
      guard let key = try transaction.forgettingKey() else { return }
      for user in users { try transaction.removeForgotten(key.digest(of: user)) }
    }
  }

  /// Runs `body` on the open transaction and records the error it throws.
  private func change<Result>(
    _ body: (Store.Transaction) throws -> Result
  ) throws(StoreError) -> Result {
    guard let transaction else { preconditionFailure("the transaction is over") }
    if let failure { throw failure }
    do {
      return try store.storeErrors(while: .writing) { try body(transaction) }
    } catch {
      failure = error
      throw error
    }
  }
}
