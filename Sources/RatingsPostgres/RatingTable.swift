package import Ratings

/// The ratings table.
extension PostgresTransaction {
  /// The columns in the order in which they are read and written.
  static let columns = "user_id, item_id, \(RatingState.columns)"

  package func readRatings(
    batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    let settings = try settings()
    guard let userType = settings.userType, let itemType = settings.itemType else { return }
    let layout = RatingLayout(
      userType: userType, itemType: itemType, value: .float, time: .microseconds)
    try read(
      "select \(Self.columns) from latent.rating", layout, place: storeName, batchSize: batchSize,
      body)
  }

  /// Passes the ratings returned by `select` in the given layout to `body`.
  func read(
    _ select: String, _ layout: RatingLayout, place: String, batchSize: Int,
    _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    var decoder = RatingDecoder(layout, place: place, batchSize: batchSize)
    try connection.copyOut("copy (\(select)) to stdout (format binary)") { piece in
      try decoder.decode(piece, body)
    }
    try decoder.finish(body)
  }

  package func ratings(of user: UserID, limit: Int) throws -> [Rating] {
    let settings = try settings()
    return try ratings(
      settings, where: "user_id", is: user.parameter(for: settings.userType), then: "item_id",
      limit: limit)
  }

  package func ratings(for item: ItemID, limit: Int) throws -> [Rating] {
    let settings = try settings()
    return try ratings(
      settings, where: "item_id", is: item.parameter(for: settings.itemType), then: "user_id",
      limit: limit)
  }

  private func ratings(
    _ settings: StoreSettings, where column: String, is identifier: String?, then other: String,
    limit: Int
  ) throws -> [Rating] {
    guard let identifier else { return [] }
    return try ratings(
      settings,
      "where \(column) = $1 order by rated_at desc nulls last, rating.\(other) limit \(limit)",
      [identifier])
  }

  package func newestRatings(limit: Int) throws -> [Rating] {
    try ratings(
      try settings(),
      "order by rated_at desc nulls last, rating.user_id, rating.item_id limit \(limit)", [])
  }

  package func ratingCount(of item: ItemID) throws -> Int {
    guard let parameter = item.parameter(for: try settings().itemType) else { return 0 }
    return try number(
      connection.query("select count(*) from latent.rating where item_id = $1", [parameter]), 0, 0)
  }

  /// Returns the ratings selected by `clauses`.
  private func ratings(
    _ settings: StoreSettings, _ clauses: String, _ parameters: [String]
  ) throws -> [Rating] {
    let rows = try connection.query(
      "select user_id::text, item_id::text, \(RatingState.columns) from latent.rating " + clauses,
      parameters, inBinary: true)
    return try (0..<rows.count).map { row in
      Rating(
        user: try self.identifier(rows, row, 0, type: settings.userType),
        item: try self.identifier(rows, row, 1, type: settings.itemType),
        rows.ratingState(row, from: 2))
    }
  }

  package func valueExtremes() throws -> (lowest: Float, highest: Float)? {
    let rows = try connection.query(
      "select min(value), max(value) from latent.rating having count(*) > 0")
    return rows.count == 0 ? nil : (try number(rows, 0, 0), try number(rows, 0, 1))
  }

  package func hasValue(otherThan value: Float) throws -> Bool {
    try connection.query(
      "select exists (select 1 from latent.rating where value <> $1)", ["\(value)"]
    ).text(0, 0) == "t"
  }

  package func write(
    _ batch: RatingBatch, _ rule: WriteRule, _ ledger: inout ReplacementLedger
  ) throws -> WriteTally {
    let replay = UpsertReplay(batch, rule)
    if try isFilling(replay, batch) {
      let (states, tally) = replay.run(over: replay.nothingKnown, &ledger)
      try connection.copyIn(
        "copy latent.rating (\(Self.columns)) from stdin (format binary)"
      ) { rows in
        for row in 0..<batch.count {
          try rows.beginRow(columnCount: 2 + RatingState.columnCount)
          rows.append(batch.users, row)
          rows.append(batch.items, row)
          rows.append(states[row])
        }
      }
      return tally
    }
    return try upsert(replay, of: batch, &ledger)
  }
}

/// A rating's columns other than the ids.
extension RatingState {
  static let columns = "value, rated_at"
  static let columnCount: Int16 = 2
}

extension PostgresResult {
  /// Returns the ``RatingState/columns`` of a binary result, from `column` on.
  func ratingState(_ row: Int, from column: Int) -> RatingState {
    guard let value: UInt32 = bits(row, column) else {
      preconditionFailure("a column of another type than asked for")
    }
    return RatingState(
      value: Float(bitPattern: value), time: bits(row, column + 1) ?? Timestamp.missing)
  }
}

extension CopyRows {
  /// Appends the ``RatingState/columns``.
  mutating func append(_ state: RatingState) {
    append(state.value)
    if state.time == Timestamp.missing { appendNull() } else { append(state.time) }
  }
}
