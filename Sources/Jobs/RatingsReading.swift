import Errors
package import Interactions
package import Ratings
package import Trainers

/// The ratings read from a store for training: the first stage of a job.
package struct ReadRatings: Sendable {
  /// All ratings.
  package var table: InteractionTable
  /// Summary statistics of the ratings.
  package let summary: DataSummary
  /// The store's metadata of items: titles and attributes.
  package let items: [ItemID: Item]
  /// The items without ratings to add to the models; nil if there are to be none.
  package var coldItems: ColdItems?
  /// The kind of feedback, if the store records it.
  package let feedback: Feedback?
  /// Wall-clock seconds.
  package let seconds: Double

  /// Reads all ratings from `source` in `store`, with times if a split needs them, and transforms their
  /// values as requested.
  ///
  /// Throws what the store throws, and ``JobError`` `emptyStore` or `emptyQuery`.
  package init(
    _ store: any RatingsStore, from source: RatingsSource, keepingTimes: Bool,
    transform: ValueTransform = .none, report: (JobEvent) -> Void
  ) throws {
    let clock = ContinuousClock()
    let start = clock.now
    let settings = try ifPrepared(source, else: StoreSettings()) { try store.settings() }
    var builder = InteractionTableBuilder(keepingTimes: keepingTimes, transform: transform)
    var count = 0
    try store.readRatings(from: source) { batch in
      try builder.append(batch)
      count += batch.count
      report(.reading(count: count))
    }
    table = builder.finish()
    guard table.count > 0 else { throw JobError.noRatings(in: store, from: source) }
    feedback = source == .table ? settings.feedback : nil
    summary = DataSummary(scale: settings.scale.flatMap { transform($0) }, values: table.values)
    var items: [ItemID: Item] = [:]
    try ifPrepared(source, else: ()) {
      try store.readItems { item in items[item.id] = item }
    }
    self.items = items
    try Self.warnOfForgottenUsers(in: table, from: source, store, report)
    seconds = (clock.now - start) / .seconds(1)
    report(
      .read(
        ratings: table.count, items: table.itemCount, users: table.userCount, store: store.name,
        seconds: seconds))
    if transform != .none { report(.transformed(transform)) }
  }

  /// Moves the ratings out, so that they can be split without copying.
  package mutating func takeTable() -> InteractionTable {
    defer { table = InteractionTableBuilder().finish() }
    return table
  }

  private static func warnOfForgottenUsers(
    in table: InteractionTable, from source: RatingsSource, _ store: any RatingsStore,
    _ report: (JobEvent) -> Void
  ) throws {
    let forgotten = try ifPrepared(source, else: nil) { try store.forgottenUsers() }
    guard let forgotten, !forgotten.isEmpty else { return }
    let users = table.userIdentifiers
    let count = (0..<users.count).count { forgotten.contains(users.identifier(at: $0)) }
    guard count > 0 else { return }
    report(
      .warning(.forgottenUsers(count: count, of: users.count, isQuery: source != .table)))
  }
}

extension JobError {
  /// Returns the error that `source` has no ratings.
  static func noRatings(in store: any RatingsStore, from source: RatingsSource) -> JobError {
    source == .table
      ? JobError(
        .emptyStore, "there are no ratings", place: store.name,
        remedy: "Import some, or name the table that holds them.")
      : JobError(
        .emptyQuery, "the ratings query returns no rows", place: store.name,
        remedy: "Run it by hand, and correct its tables and conditions.")
  }
}

/// Returns the result of `body`, or `fallback` if a query reads the user's own tables in a database without
/// Latent's tables.
private func ifPrepared<Value>(
  _ source: RatingsSource, else fallback: Value, _ body: () throws -> Value
) throws -> Value {
  do { return try body() } catch let error as StoreError
    where source != .table && [.notMigrated, .foreign].contains(error.code)
  {
    return fallback
  }
}
