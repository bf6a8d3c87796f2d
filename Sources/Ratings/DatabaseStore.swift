import Errors

/// What a transaction of a ``DatabaseStore`` is for.
package enum StoreAccess: Sendable {
  /// Reads Latent's tables, which must be migrated.
  case reading
  /// Reads whatever the database holds.
  case readingForeign
  /// Writes to Latent's tables, which must be migrated, one writer at a time.
  case writing
  /// Makes or changes Latent's tables, one at a time, and the database's file where there is one.
  case migrating
}

/// A store in a database that knows SQL and transactions. A store says how a transaction is opened and
/// what the database's errors mean, and writes its SQL in a ``StoreTransaction``; what all stores do
/// alike around them stands here.
package protocol DatabaseStore: RatingsStore {
  /// Where the SQL stands.
  associatedtype Transaction: StoreTransaction
  /// What transactions go through, one at a time.
  associatedtype Connection

  /// All steps of the schema, in order.
  static var migrations: [Migration] { get }

  /// Opens the database for transactions of `access`; one for `writing` is fit for `reading` as well. Throws the database's errors as they are.
  func connect(_ access: StoreAccess) throws -> Connection

  /// Runs `body` in a transaction fit for `access`, and commits what it wrote unless it throws. A
  /// reader sees one moment throughout. Throws the database's errors as they are.
  func transaction<Result>(
    _ access: StoreAccess, on connection: Connection, _ body: (Transaction) throws -> Result
  ) throws -> Result

  /// Whether `connection` is to the database that is there now.
  func isCurrent(_ connection: Connection) -> Bool

  /// A number that is another one once somebody has changed ratings by another connection, or, where
  /// a query is read as well, which finds users by `lookup`, what it reads. Throws the database's errors as they are.
  func foreignChanges(on connection: Connection, reading lookup: UserLookup?) throws -> Int64

  /// An error of the database in the store's terms, with what to do about it; nil for another's.
  func storeError(_ error: any Error, while access: StoreAccess) -> StoreError?
}

/// The SQL of a store, within one transaction. Throws the database's errors, or a ``StoreError``.
package protocol StoreTransaction: AnyObject {
  /// The migrations that were applied, in order. Throws ``StoreErrorCode/foreign`` when there are tables
  /// that are not Latent's where its own would be.
  func appliedMigrations() throws -> [Migration]
  /// Runs the script of a migration and keeps it among those applied.
  func apply(_ migration: Migration) throws

  /// The types of ids and the scale, as they are fixed so far.
  func settings() throws -> StoreSettings
  /// Writes the settings. Where the types of ids were not fixed before, there are no rows yet.
  func save(_ settings: StoreSettings, over old: StoreSettings) throws
  /// The lowest and the highest value of all ratings; nil when there is none.
  func valueExtremes() throws -> (lowest: Float, highest: Float)?
  /// Whether there is any rating whose value is not `value`.
  func hasValue(otherThan value: Float) throws -> Bool
  /// What the store holds, counted.
  func summary() throws -> StoreSummary

  /// Hands all ratings over in batches.
  func readRatings(batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void) throws
  /// Hands over what `query` returns, in batches.
  func readRatings(
    of query: RatingsQuery, batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void) throws
  /// A user's ratings in the order of ``RatingsStore/ratings(of:limit:)``.
  func ratings(of user: UserID, limit: Int) throws -> [Rating]
  /// The same of those that `query` returns.
  func ratings(of user: UserID, in query: RatingsQuery, limit: Int) throws -> [Rating]
  /// How `query` finds one user's ratings. The query is checked, and not run.
  func lookup(by query: RatingsQuery) throws -> UserLookup
  /// An item's ratings in the order of ``RatingsStore/ratings(for:limit:)``.
  func ratings(for item: ItemID, limit: Int) throws -> [Rating]
  /// Ratings in the order of ``RatingsStore/newestRatings(limit:)``.
  func newestRatings(limit: Int) throws -> [Rating]
  /// How many ratings an item has.
  func ratingCount(of item: ItemID) throws -> Int
  /// Users behind `after`, as ``RatingsStore/users(after:limit:)``.
  func users(after: UserID?, limit: Int) throws -> [Counted<UserID>]
  /// Writes ratings, all of which may be stored. `ledger` is that of the transaction.
  func write(
    _ batch: RatingBatch, _ rule: WriteRule, _ ledger: inout ReplacementLedger
  ) throws -> WriteTally
  /// How an empty table is filled; nil before the first write of ratings.
  var fill: OrderedFill? { get set }
  /// Returns whether the table of ratings is empty, and this transaction's alone; then its index by item, whose
  /// entries would come in no order, is put off until ``finishWriting()``.
  func beginFilling() throws -> Bool
  /// What the table holds of each pair, nil where nothing. The pairs come in their order, each once; values and times are not
  /// looked at.
  func states(of pairs: RatingBatch) throws -> [RatingState?]
  /// Puts ratings in, in the place of what is there; the pairs come in their order, each once.
  func put(_ batch: RatingBatch) throws
  /// Removes the ratings of pairs.
  func remove(_ pairs: RatingBatch) throws
  /// Ends the writing: what was put off while an empty table was filled is done.
  func finishWriting() throws
  /// When the file with this digest was added; nil where it was not.
  func dateOfAddition(ofFile digest: String) throws -> String?
  /// Keeps that the file with this digest, which was not added before, was added.
  func noteAddition(ofFile digest: String, at time: Timestamp) throws

  /// Hands all items with a title or attributes over, in the order of their ids.
  func readItems(_ body: (Item) throws -> Void) throws
  /// Items that `search` finds, as ``RatingsStore/items(search:limit:)``.
  func items(search: TextSearch?, limit: Int) throws -> [Counted<Item>]
  /// What is known of `item`; nil when it has neither title, attributes nor ratings.
  func item(_ item: ItemID) throws -> Item?
  /// Writes items, all of which may be stored.
  func upsert(_ items: [Item]) throws -> WriteTally

  /// Removes a user's ratings and returns how many there were.
  func removeRatings(of user: UserID) throws -> Int
  /// The key of the digests of forgotten users; nil while nobody was forgotten.
  func forgettingKey() throws -> ForgettingKey?
  /// Keeps the key, of which there is none yet.
  func save(_ key: ForgettingKey) throws
  /// The digests of all forgotten users.
  func forgottenDigests() throws -> [String]
  /// Whether a digest is among them.
  func isForgotten(_ digest: String) throws -> Bool
  /// Adds a digest, unless it is there.
  func addForgotten(_ digest: String, at time: Timestamp) throws
  /// Removes a digest, if it is there.
  func removeForgotten(_ digest: String) throws

  /// Keeps the record of a training run.
  func record(_ run: RunRecord) throws
}

extension StoreTransaction {
  /// Whether the table can't hold any of the batch's pairs, as it was empty and they come in order.
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
  /// Runs `body` and puts what it throws in the store's terms.
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
          remedy: "Please report this: it is a mistake of Latent's.")
    }
  }

  /// Runs `body`, which throws nothing but the database's errors and the store's, in a transaction fit
  /// for `access`.
  func run<Result>(
    _ access: StoreAccess, _ body: (Transaction) throws -> Result
  ) throws(StoreError) -> Result {
    try storeErrors(while: access) { try migratedTransaction(access, body) }
  }

  /// As ``run(_:_:)``, where `body` may throw errors of its own.
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
      // It may stand anywhere among those that are found: one more takes its place.
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

/// Checks what is to be written, and has a transaction write it.
private final class TransactionWriter<Store: DatabaseStore>: RatingsWriter {
  private(set) var settings: StoreSettings
  /// The first error of the database. The transaction can't be committed after it, even if the
  /// writing code took no notice.
  private(set) var failure: StoreError?
  private let store: Store
  private var transaction: Store.Transaction?
  private var ledger = ReplacementLedger()

  init(_ transaction: Store.Transaction, of store: Store, settings: StoreSettings) {
    self.transaction = transaction
    self.store = store
    self.settings = settings
  }

  /// Ends the writer's use: later calls trap.
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
    // `borrowing` parameters can't be captured by a closure; copying the batch copies no element.
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

  /// Runs `body` on the open transaction and keeps its error in mind.
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
