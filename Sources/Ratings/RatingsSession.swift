import Errors
import Foundation

/// A store that stays open: what a daemon writes single ratings to, and asks what people have left.
///
/// One call at a time is carried out; others wait for it. After an error the next call opens the store anew.
package protocol RatingsSession: Sendable {
  /// Carries out `changes` in their order, as one transaction; when it returns, all that was changed is durable.
  /// Returns what became of each: one that the store does not take keeps none of the others from it.
  func carryOut(_ changes: [RatingChange]) throws(StoreError) -> [RatingOutcome]

  /// The ratings that `user` left, newest first and those without a time last, then by item.
  func ratings(of user: UserID, limit: Int) throws(StoreError) -> [Rating]

  /// The types of ids and the scale, as they are fixed so far.
  func settings() throws(StoreError) -> StoreSettings

  /// Whether others may have changed the store since this was asked last; the first time they may.
  func hasForeignChanges() throws(StoreError) -> Bool
}

/// A session of any store in a database.
///
/// `@unchecked Sendable`: the connection is touched under `lock` alone.
package final class DatabaseSession<Store: DatabaseStore>: RatingsSession, @unchecked Sendable {
  private struct State {
    var connection: Store.Connection?
    /// What ``DatabaseStore/foreignChanges(on:reading:)`` returned last on this connection.
    var foreignChanges: Int64?
    /// When it was found last that there are no tables of Latent's; nil where there are.
    var lackedTables: ContinuousClock.Instant?
    /// Whether there are tables of Latent's.
    var hasTables: Bool { lackedTables == nil }
    /// How the query finds users, where there is one.
    var lookup: UserLookup?
  }

  private let store: Store
  private let query: RatingsQuery?
  private let lock = NSLock()
  /// How often it is looked for tables of Latent's where there are none.
  private let tableLookInterval = Duration.milliseconds(250)
  private var state = State()

  /// A session of `store`, and of what `query` returns, which is opened when something is asked of it.
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

  /// Runs `body` with the connection that is open, or with a new one. After an error none is open.
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

  /// The open connection, to tables that are migrated.
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

  /// Whether there are tables of Latent's by now where there were none, as far as it was looked.
  private func hasNewTables(_ connection: Store.Connection) throws -> Bool {
    guard let lacked = state.lackedTables, lacked + tableLookInterval < .now else { return false }
    state.lackedTables = .now
    return try store.transaction(.readingForeign, on: connection) {
      try settings(ifThere: $0) != nil
    }
  }

  /// The settings of Latent's tables; nil where there are none.
  private func settings(ifThere transaction: Store.Transaction) throws -> StoreSettings? {
    do { try store.requireMigrated(transaction) } catch let error as StoreError
      where error.code == .foreign || error.code == .notMigrated
    { return nil }
    return try transaction.settings()
  }
}

extension ExplainedError where Code == StoreErrorCode {
  /// The error of ratings for a database in which Latent has no tables.
  fileprivate static func nothingToWriteTo(_ store: String) -> StoreError {
    StoreError(
      .notMigrated, "there are no tables of Latent's to keep ratings in", place: store,
      remedy: "Make them with `latent migrate`, in a database where that is possible.")
  }

  /// The error of a rating by somebody who was forgotten.
  fileprivate static func forgotten(_ user: UserID, store: String) -> StoreError {
    StoreError(
      .forgottenUser, "user \(Excerpt.of(user.description)) was forgotten", place: store,
      remedy: "They must be taken back first.")
  }
}
