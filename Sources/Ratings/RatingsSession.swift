import Errors
import Foundation

/// A store that stays open. A daemon writes single ratings to it and reads users' ratings from it.
///
/// Calls are serialised. After an error, the next call reopens the store.
package protocol RatingsSession: Sendable {
  /// Applies `changes` in order, in one transaction; when it returns, all changes are durable. Returns the
  /// outcome of each. A change that the store rejects does not affect the others.
  func carryOut(_ changes: [RatingChange]) throws(StoreError) -> [RatingOutcome]

  /// Returns the ratings of `user`, newest first, those without a time last, then by item.
  func ratings(of user: UserID, limit: Int) throws(StoreError) -> [Rating]

  /// Returns the id types and the scale fixed so far.
  func settings() throws(StoreError) -> StoreSettings

  /// Returns whether others may have changed the store since the last call; true on the first call.
  func hasForeignChanges() throws(StoreError) -> Bool
}

/// A session of any store in a database.
///
/// `@unchecked Sendable`: the connection is only accessed while holding `lock`.
package final class DatabaseSession<Store: DatabaseStore>: RatingsSession, @unchecked Sendable {
  private struct State {
    var connection: Store.Connection?
    /// The last result of ``DatabaseStore/foreignChanges(on:reading:)`` on this connection.
    var foreignChanges: Int64?
    /// When Latent's tables were last found missing; nil if they exist.
    var lackedTables: ContinuousClock.Instant?
    /// Whether Latent's tables exist.
    var hasTables: Bool { lackedTables == nil }
    /// How the query finds users, if there is a query.
    var lookup: UserLookup?
  }

  private let store: Store
  private let query: RatingsQuery?
  private let lock = NSLock()
  /// The minimum interval between checks for Latent's tables while they are missing.
  private let tableLookInterval = Duration.milliseconds(250)
  private var state = State()

  /// Creates a session of `store` and of the rows of `query`. The store is opened on first use.
  package init(_ store: Store, reading query: RatingsQuery?) {
    (self.store, self.query) = (store, query)
  }

  package func carryOut(_ changes: [RatingChange]) throws(StoreError) -> [RatingOutcome] {
    try connected(for: .writing) { connection in
      guard state.hasTables else {
        return changes.map { _ in .refused(.nothingToWriteTo(store.name)) }
      }
      return try store.transaction(.writing, on: connection) { try carryOut(changes, in: $0) }
    }
  }

  private func carryOut(
    _ changes: [RatingChange], in transaction: Store.Transaction
  ) throws -> [RatingOutcome] {
    let fixed = try transaction.settings()
    let settings = state.lookup?.completing(fixed) ?? fixed
    if settings != fixed { try transaction.save(settings, over: fixed) }
    let key = try transaction.forgettingKey()
    var forgotten: [UserID: Bool] = [:]
    let changes = try RatingChanges(changes, settings, store: store.name) { change in
      guard let key, case .rate = change else { return nil }
      if forgotten[change.user] == nil {
        forgotten[change.user] = try transaction.isForgotten(key.digest(of: change.user))
      }
      return forgotten[change.user] == true ? .forgotten(change.user, store: store.name) : nil
    }
    guard changes.pairs.count > 0 else { return changes.run(over: []).outcomes }
    let (outcomes, written, removed) = changes.run(
      over: try transaction.states(of: changes.pairs))
    if removed.count > 0 { try transaction.remove(removed) }
    if written.count > 0 { try transaction.put(written) }
    return outcomes
  }

  package func ratings(of user: UserID, limit: Int) throws(StoreError) -> [Rating] {
    try perform(.reading) { transaction in
      let limit = max(limit, 0)
      let own = state.hasTables ? try transaction.ratings(of: user, limit: limit) : []
      guard let query else { return own }
      return own.merged(
        with: try transaction.ratings(of: user, in: query, limit: limit), limit: limit)
    }
  }

  package func settings() throws(StoreError) -> StoreSettings {
    try perform(.reading) { transaction in
      let fixed = state.hasTables ? try transaction.settings() : StoreSettings()
      return state.lookup?.completing(fixed) ?? fixed
    }
  }

  package func hasForeignChanges() throws(StoreError) -> Bool {
    try connected(for: .reading) { connection in
      let now = try store.foreignChanges(on: connection, reading: state.lookup)
      defer { state.foreignChanges = now }
      return now != state.foreignChanges
    }
  }

  private func perform<Result>(
    _ access: StoreAccess, _ body: (Store.Transaction) throws -> Result
  ) throws(StoreError) -> Result {
    try connected(for: access) { try store.transaction(access, on: $0, body) }
  }

  /// Runs `body` with the open connection, or with a new one. An error closes the connection.
  private func connected<Result>(
    for access: StoreAccess, _ body: (Store.Connection) throws -> Result
  ) throws(StoreError) -> Result {
    lock.lock()
    defer { lock.unlock() }
    do {
      return try store.storeErrors(while: access) { try body(try connect()) }
    } catch {
      state = State()
      throw error
    }
  }

  /// Returns the open connection, to tables that are migrated.
  private func connect() throws -> Store.Connection {
    if let connection = state.connection, store.isCurrent(connection),
      try !hasNewTables(connection)
    {
      return connection
    }
    state = State()
    guard let query else {
      let connection = try store.connect(.writing)
      try store.transaction(.reading, on: connection) { try store.requireMigrated($0) }
      state.connection = connection
      return connection
    }
    var connection = try store.connect(.readingForeign)
    let (hasTables, lookup) = try store.transaction(.readingForeign, on: connection) {
      transaction in
      let settings = try settings(ifThere: transaction)
      let lookup = try transaction.lookup(by: query)
      try lookup.check(query, settings ?? StoreSettings())
      return (settings != nil, lookup)
    }
    if hasTables { connection = try store.connect(.writing) }
    state = State(
      connection: connection, lackedTables: hasTables ? nil : .now, lookup: lookup)
    return connection
  }

  /// Returns whether Latent's tables have appeared since they were found missing. Checks at most once per
  /// interval.
  private func hasNewTables(_ connection: Store.Connection) throws -> Bool {
    guard let lacked = state.lackedTables, lacked + tableLookInterval < .now else { return false }
    state.lackedTables = .now
    return try store.transaction(.readingForeign, on: connection) {
      try settings(ifThere: $0) != nil
    }
  }

  /// Returns the settings in Latent's tables; nil if the tables are missing.
  private func settings(ifThere transaction: Store.Transaction) throws -> StoreSettings? {
    do { try store.requireMigrated(transaction) } catch let error as StoreError
      where error.code == .foreign || error.code == .notMigrated
    { return nil }
    return try transaction.settings()
  }
}

extension ExplainedError where Code == StoreErrorCode {
  /// Returns the error of writing ratings to a database without Latent's tables.
  fileprivate static func nothingToWriteTo(_ store: String) -> StoreError {
    StoreError(
      .notMigrated, "the database has no Latent tables for ratings", place: store,
      remedy: "Create them with `latent migrate`, in a database that permits it.")
  }

  /// Returns the error of a rating by a forgotten user.
  fileprivate static func forgotten(_ user: UserID, store: String) -> StoreError {
    StoreError(
      .forgottenUser, "user \(Excerpt.of(user.description)) was forgotten", place: store,
      remedy: "They must be readmitted first.")
  }
}
