package import Ratings

extension PostgresStore {
  package func write<Result>(_ body: (any RatingsWriter) throws -> Result) throws -> Result {
    try withConnection(.writing) { connection in
      let writer = PostgresWriter(connection, settings: try settings(connection), store: self)
      defer { writer.end() }
      let result = try body(writer)
      if let failure = writer.failure { throw failure }
      return result
    }
  }
}

/// Writes within one transaction of a ``PostgresStore``, which holds the lock that keeps other
/// writers away.
final class PostgresWriter: RatingsWriter {
  private(set) var settings: StoreSettings
  /// The first error of the server. The transaction can't be committed after it, even if the
  /// writing code took no notice.
  private(set) var failure: StoreError?
  private let store: PostgresStore
  private var openConnection: PostgresConnection?
  private var ratingStage: RatingStage?
  private var itemStage: ItemStage?

  init(_ connection: PostgresConnection, settings: StoreSettings, store: PostgresStore) {
    openConnection = connection
    self.settings = settings
    self.store = store
  }

  /// Ends the writer's use: later calls trap.
  func end() { openConnection = nil }

  func fixTypes(user: IdentifierType, item: IdentifierType) throws(StoreError) {
    let fixed = try settings.fixingTypes(user: user, item: item, store: store.name)
    guard fixed != settings else { return }
    try change { connection in
      // The tables are empty: without types nothing can have been written.
      if user != .integer {
        try connection.execute(
          "alter table latent.rating alter column user_id type \(user.columnType)")
      }
      if item != .integer {
        try connection.execute(
          """
          alter table latent.item_attribute drop constraint item_attribute_item;
          alter table latent.rating alter column item_id type \(item.columnType);
          alter table latent.item alter column item_id type \(item.columnType);
          alter table latent.item_attribute alter column item_id type \(item.columnType);
          alter table latent.item_attribute add constraint item_attribute_item
            foreign key (item_id) references latent.item on delete cascade
          """)
      }
      _ = try connection.query(
        "update latent.store_settings set user_id_type = $1, item_id_type = $2",
        [user.rawValue, item.rawValue])
    }
    settings = fixed
  }

  func fixScale(_ scale: RatingScale) throws(StoreError) {
    let extremes = try change { connection in
      let rows = try connection.query(
        "select min(value), max(value) from latent.rating having count(*) > 0")
      return rows.count == 0
        ? nil
        : (
          lowest: try store.number(rows, 0, 0, as: Float.self),
          highest: try store.number(rows, 0, 1, as: Float.self)
        )
    }
    let fixed = try settings.fixingScale(scale, extremes: extremes, store: store.name)
    try change { connection in
      _ = try connection.query(
        "update latent.store_settings set scale_minimum = $1, scale_maximum = $2",
        ["\(scale.minimum)", "\(scale.maximum)"])
    }
    settings = fixed
  }

  func hasValue(otherThan value: Float) throws(StoreError) -> Bool {
    try change { connection in
      try connection.query(
        "select exists (select 1 from latent.rating where value <> $1)", ["\(value)"]
      ).text(0, 0) == "t"
    }
  }

  func upsert(_ batch: borrowing RatingBatch) throws(StoreError) -> WriteTally {
    try settings.check(batch, store: store.name)
    // `borrowing` parameters can't be captured by a closure; copying the batch copies no element.
    let batch = copy batch
    return try change { connection in
      let stage = try ratingStage ?? RatingStage(connection, settings)
      ratingStage = stage
      return try stage.upsert(batch)
    }
  }

  func upsert(_ items: [Item]) throws(StoreError) -> WriteTally {
    try settings.check(items, store: store.name)
    return try change { connection in
      let stage = try itemStage ?? ItemStage(connection, settings)
      itemStage = stage
      var tally = WriteTally()
      var rest = items[...]
      while !rest.isEmpty {
        tally += try stage.upsert(rest.prefix(ItemStage.batchSize))
        rest = rest.dropFirst(ItemStage.batchSize)
      }
      return tally
    }
  }

  func forgottenUsers() throws(StoreError) -> ForgottenUsers {
    try change { try $0.forgottenUsers() }
  }

  func readmit(_ users: some Collection<UserID>) throws(StoreError) {
    try change { connection in
      guard let key = try connection.forgettingKey() else { return }
      for user in users {
        _ = try connection.query(
          "delete from latent.forgotten_user where digest = $1", [key.digest(of: user)])
      }
    }
  }

  /// Runs `body` on the open connection and keeps its error in mind.
  private func change<Result>(
    _ body: (PostgresConnection) throws -> Result
  ) throws(StoreError) -> Result {
    guard let openConnection else { preconditionFailure("the transaction is over") }
    if let failure { throw failure }
    do {
      return try store.storeErrors { try body(openConnection) }
    } catch {
      failure = error
      throw error
    }
  }
}
