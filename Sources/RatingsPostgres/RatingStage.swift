import Ratings

/// Writing of ratings to a table that is not empty, through a temporary staging table.
extension PostgresTransaction {
  /// Writes a batch. Its rows are replayed over what the table holds of their pairs; changes are staged and
  /// written.
  func upsert(
    _ replay: UpsertReplay, of batch: RatingBatch, _ ledger: inout ReplacementLedger
  ) throws -> WriteTally {
    let known = try statesNearby(replay, of: batch)
    var isStaged = false
    if known == nil {
      let states = replay.states
      try stage(batch, replay.firstRows.enumerated().map { ($0, $1) }, states)
      isStaged = true
      if pairsAreNew, states.allSatisfy({ $0.value.isFinite }), try insertNew(states.count) {
        return replay.run(over: replay.nothingKnown, &ledger).tally
      }
    }
    let before = try known ?? statesOfStaged(replay.nothingKnown)
    let (states, tally) = replay.run(over: before, &ledger)
    try replay.requireFinite(states, store: storeName)
    let changed = replay.firstRows.enumerated().filter { before[$0.offset] != states[$0.offset] }
    pairsAreNew = before.allSatisfy { $0 == nil }
    guard !changed.isEmpty else { return tally }
    // If the table holds none of the pairs, the resulting states are those already staged.
    if !isStaged || !pairsAreNew { try stage(batch, changed.map { ($0, $1) }, states) }
    try connection.execute(
      Self.insertionOfStaged + " do update set value = excluded.value, rated_at = excluded.rated_at"
    )
    return tally
  }

  private static let insertionOfStaged = """
    insert into latent.rating (\(columns)) select \(columns) from pg_temp.latent_rating_stage
    on conflict (user_id, item_id)
    """

  /// Inserts the `count` staged ratings, unless the table holds any of their pairs: then undoes the insert
  /// and returns false.
  private func insertNew(_ count: Int) throws -> Bool {
    try connection.execute("savepoint insertion")
    let inserted = try connection.query(Self.insertionOfStaged + " do nothing").changedCount
    guard inserted == count else {
      try connection.execute("rollback to savepoint insertion")
      return false
    }
    try connection.execute("release savepoint insertion")
    return true
  }

  /// Returns what the table holds of sorted pairs, if they are so close together that reading all ratings
  /// between the first and the last is faster than looking up each; else nil.
  private func statesNearby(
    _ replay: UpsertReplay, of batch: RatingBatch
  ) throws -> [RatingState?]? {
    guard replay.isInOrder, pairsLieClose, batch.count > 0 else { return nil }
    let (first, last) = (batch[0], batch[batch.count - 1])
    let limit = 2 * batch.count
    let rows = try connection.query(
      """
      select \(Self.columns) from latent.rating
      where (user_id, item_id) >= ($1, $2) and (user_id, item_id) <= ($3, $4)
      order by user_id, item_id limit \(limit)
      """,
      [
        first.user.description, first.item.description, last.user.description,
        last.item.description,
      ], inBinary: true)
    guard rows.count < limit else {
      pairsLieClose = false
      return nil
    }
    var states = replay.nothingKnown
    var slot = 0
    for row in 0..<rows.count {
      let user: UserID = rows.identifier(row, 0, type: batch.users.type)
      let item: ItemID = rows.identifier(row, 1, type: batch.items.type)
      func isBehind(_ slot: Int) -> Bool {
        let slotUser = batch.users.identifier(at: slot, of: UserEntity.self)
        return slotUser < user
          || slotUser == user && batch.items.identifier(at: slot, of: ItemEntity.self) < item
      }
      while slot < batch.count, isBehind(slot) { slot += 1 }
      guard slot < batch.count else { break }
      if batch.users.identifier(at: slot) == user, batch.items.identifier(at: slot) == item {
        states[slot] = rows.ratingState(row, from: 2)
      }
    }
    return states
  }

  /// Truncates the stage and fills it with the given slots, each with its pair's first row and its state.
  private func stage(
    _ batch: RatingBatch, _ slots: [(slot: Int, row: Int)], _ states: [RatingState]
  ) throws {
    // It is dropped with the transaction.
    try connection.execute(
      """
      create temporary table if not exists latent_rating_stage on commit drop as
      select 0::integer as slot, \(Self.columns) from latent.rating with no data;
      truncate pg_temp.latent_rating_stage
      """)
    guard !slots.isEmpty else { return }
    try connection.copyIn("copy pg_temp.latent_rating_stage from stdin (format binary)") { rows in
      for (slot, row) in slots {
        try rows.beginRow(columnCount: 3 + RatingState.columnCount)
        rows.append(Int32(slot))
        rows.append(batch.users, row)
        rows.append(batch.items, row)
        rows.append(states[slot])
      }
    }
  }

  /// Returns what the store holds of the staged pairs, by slot; nil where it has no rating. All of `slots`
  /// must be nil.
  private func statesOfStaged(_ slots: [RatingState?]) throws -> [RatingState?] {
    // `offset 0` forces a lookup per row: the planner does not know the stage's size, and would otherwise
    // sometimes scan the whole table.
    let rows = try connection.query(
      """
      select slot, found.* from pg_temp.latent_rating_stage as stage
      cross join lateral (
        select \(RatingState.columns) from latent.rating
        where rating.user_id = stage.user_id and rating.item_id = stage.item_id offset 0
      ) as found
      """, inBinary: true)
    var states = slots
    for row in 0..<rows.count {
      guard let slot: Int32 = rows.bits(row, 0) else {
        preconditionFailure("a column of another type than asked for")
      }
      states[Int(slot)] = rows.ratingState(row, from: 1)
    }
    return states
  }
}

extension PostgresResult {
  /// Returns the id in a cell of a binary result.
  fileprivate func identifier<Entity>(
    _ row: Int, _ column: Int, type: IdentifierType
  ) -> Identifier<Entity> {
    switch type {
    case .integer:
      guard let integer: Int64 = bits(row, column) else {
        preconditionFailure("a column of another type than asked for")
      }
      return Identifier(integer)
    case .text:
      return Identifier(text(row, column) ?? "")
    }
  }
}
