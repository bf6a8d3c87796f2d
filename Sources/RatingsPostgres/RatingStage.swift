import Ratings

/// A temporary table by which batches of ratings get into the store's own.
final class RatingStage {
  private let connection: PostgresConnection
  private var ledger = ReplacementLedger()

  /// Makes the table, which goes with the transaction.
  init(_ connection: PostgresConnection, _ settings: StoreSettings) throws {
    self.connection = connection
    let userType = settings.userType ?? .integer
    let itemType = settings.itemType ?? .integer
    try connection.execute(
      """
      create temporary table latent_rating_stage (
        slot integer not null, user_id \(userType.columnType), item_id \(itemType.columnType),
        value real, rated_at bigint) on commit drop
      """)
  }

  /// Writes a batch: what its pairs come to, if the table held none of them, is staged; where it
  /// holds some, the rows are played through again over those, and what changes is staged anew.
  func upsert(_ batch: RatingBatch) throws -> WriteTally {
    let replay = UpsertReplay(batch)
    try stage(batch, replay.firstRows.enumerated().map { ($0, $1) }, replay.states)
    let known = try knownStates()
    let (states, tally) = replay.run(over: known, &ledger)
    if !known.isEmpty {
      let changed = replay.firstRows.enumerated().filter { known[$0.offset] != states[$0.offset] }
      try stage(batch, changed.map { ($0, $1) }, states)
    }
    try connection.execute(
      """
      insert into latent.rating (user_id, item_id, value, rated_at)
      select user_id, item_id, value, rated_at from pg_temp.latent_rating_stage
      on conflict (user_id, item_id)
      do update set value = excluded.value, rated_at = excluded.rated_at
      """)
    return tally
  }

  /// Puts the given slots into the emptied stage, each with its pair's first row and its state.
  private func stage(
    _ batch: RatingBatch, _ slots: [(slot: Int, row: Int)], _ states: [RatingState]
  ) throws {
    try connection.execute("truncate pg_temp.latent_rating_stage")
    guard !slots.isEmpty else { return }
    try connection.copyIn("copy pg_temp.latent_rating_stage from stdin (format binary)") { rows in
      for (slot, row) in slots {
        try rows.beginRow(columnCount: 5)
        rows.append(Int32(slot))
        rows.append(batch.users, row)
        rows.append(batch.items, row)
        rows.append(states[slot].value)
        if states[slot].time == Timestamp.missing {
          rows.appendNull()
        } else {
          rows.append(states[slot].time)
        }
      }
    }
  }

  /// What the store holds of the staged pairs, by slot.
  private func knownStates() throws -> [Int: RatingState] {
    // `offset 0` keeps this a lookup a row: the planner knows nothing of the stage's size, and would
    // else at times read the whole table.
    let rows = try connection.query(
      """
      select slot, found.value, found.rated_at from pg_temp.latent_rating_stage as stage
      cross join lateral (
        select value, rated_at from latent.rating
        where rating.user_id = stage.user_id and rating.item_id = stage.item_id offset 0
      ) as found
      """, inBinary: true)
    var states: [Int: RatingState] = [:]
    states.reserveCapacity(rows.count)
    for row in 0..<rows.count {
      guard let slot: Int32 = rows.bits(row, 0), let value: UInt32 = rows.bits(row, 1) else {
        preconditionFailure("columns of other types than asked for")
      }
      states[Int(slot)] = RatingState(
        value: Float(bitPattern: value), time: rows.bits(row, 2) ?? Timestamp.missing)
    }
    return states
  }
}

extension CopyRows {
  /// Appends the id at `position` of a column.
  mutating func append(_ identifiers: IdentifierColumn, _ position: Int) {
    switch identifiers {
    case .integers(let integers): append(integers[position])
    case .texts(let texts): append(utf8: texts.bytes[texts.range(at: position)])
    }
  }
}
