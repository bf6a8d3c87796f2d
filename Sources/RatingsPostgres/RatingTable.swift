package import Ratings

/// The table of ratings.
extension PostgresTransaction {
  /// The columns in the order in which they are read and written.
  fileprivate static let columns = "user_id, item_id, \(RatingState.columns)"

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

  /// Hands over the ratings that `select` returns in the given layout.
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

  /// The ratings that `clauses` select.
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
    try RatingStage(connection).write(UpsertReplay(batch, rule), of: batch, storeName, &ledger)
  }
}

/// A temporary table by which batches of ratings get into the store's own.
private struct RatingStage {
  private let connection: PostgresConnection

  /// Makes the table, unless this transaction has it already; it goes with the transaction.
  init(_ connection: PostgresConnection) throws {
    self.connection = connection
    try connection.execute(
      """
      create temporary table if not exists latent_rating_stage on commit drop as
      select 0::integer as slot, \(PostgresTransaction.columns) from latent.rating with no data
      """)
  }

  /// Writes a batch: what its pairs come to, if the table held none of them, is staged; where it
  /// holds some, the rows are played through again over those, and what changes is staged anew.
  func write(
    _ replay: UpsertReplay, of batch: RatingBatch, _ storeName: String,
    _ ledger: inout ReplacementLedger
  ) throws -> WriteTally {
    try stage(batch, replay.firstRows.enumerated().map { ($0, $1) }, replay.states)
    let known = try knownStates()
    let (states, tally) = replay.run(over: known, &ledger)
    if let slot = states.firstIndex(where: { !$0.value.isFinite }) {
      let pair = batch[replay.firstRows[slot]]
      throw StoreSettings.sumIsNotFinite(user: pair.user, item: pair.item, store: storeName)
    }
    if !known.isEmpty {
      let changed = replay.firstRows.enumerated().filter { known[$0.offset] != states[$0.offset] }
      try stage(batch, changed.map { ($0, $1) }, states)
    }
    try connection.execute(
      """
      insert into latent.rating (\(PostgresTransaction.columns))
      select \(PostgresTransaction.columns) from pg_temp.latent_rating_stage
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
        try rows.beginRow(columnCount: 3 + RatingState.columnCount)
        rows.append(Int32(slot))
        rows.append(batch.users, row)
        rows.append(batch.items, row)
        rows.append(states[slot])
      }
    }
  }

  /// What the store holds of the staged pairs, by slot.
  private func knownStates() throws -> [Int: RatingState] {
    // `offset 0` keeps this a lookup a row: the planner knows nothing of the stage's size, and would
    // else at times read the whole table.
    let rows = try connection.query(
      """
      select slot, found.* from pg_temp.latent_rating_stage as stage
      cross join lateral (
        select \(RatingState.columns) from latent.rating
        where rating.user_id = stage.user_id and rating.item_id = stage.item_id offset 0
      ) as found
      """, inBinary: true)
    var states: [Int: RatingState] = [:]
    states.reserveCapacity(rows.count)
    for row in 0..<rows.count {
      guard let slot: Int32 = rows.bits(row, 0) else {
        preconditionFailure("a column of another type than asked for")
      }
      states[Int(slot)] = rows.ratingState(row, from: 1)
    }
    return states
  }
}

/// The columns of a rating beside the ids.
extension RatingState {
  fileprivate static let columns = "value, rated_at"
  fileprivate static let columnCount: Int16 = 2
}

extension PostgresResult {
  /// The ``RatingState/columns`` of a result in binary, from `column` on.
  fileprivate func ratingState(_ row: Int, from column: Int) -> RatingState {
    guard let value: UInt32 = bits(row, column) else {
      preconditionFailure("a column of another type than asked for")
    }
    return RatingState(
      value: Float(bitPattern: value), time: bits(row, column + 1) ?? Timestamp.missing)
  }
}

extension CopyRows {
  /// Appends the ``RatingState/columns``.
  fileprivate mutating func append(_ state: RatingState) {
    append(state.value)
    if state.time == Timestamp.missing { appendNull() } else { append(state.time) }
  }
}

/// A batch of ratings told row by row: what becomes of each pair, and how many rows did what.
///
/// The table takes one row a pair at a time, but a batch may hold a pair several times, and each row
/// counts. So the batch's rows are played through in memory over what the table holds.
struct UpsertReplay {
  /// The batch's position of the first row of each pair; a pair's place here is its slot.
  let firstRows: [Int]
  /// The slot of each row.
  private let slots: [Int]
  private let batch: RatingBatch
  private let rule: WriteRule

  /// Finds the pairs of `batch`, whose rows are to be written by `rule`.
  init(_ batch: RatingBatch, _ rule: WriteRule) {
    var firstRows: [Int] = []
    var slots: [Int] = []
    var slotOfPair: [Pair: Int] = [:]
    firstRows.reserveCapacity(batch.count)
    slots.reserveCapacity(batch.count)
    slotOfPair.reserveCapacity(batch.count)
    for row in 0..<batch.count {
      let pair = Pair(
        user: batch.users.identifier(at: row), item: batch.items.identifier(at: row))
      let slot = slotOfPair[pair] ?? firstRows.count
      if slot == firstRows.count {
        firstRows.append(row)
        slotOfPair[pair] = slot
      }
      slots.append(slot)
    }
    self.firstRows = firstRows
    self.slots = slots
    self.batch = batch
    self.rule = rule
  }

  /// Plays all rows through, over what the table holds of each slot. Returns what each slot has in
  /// the end and what the rows did; `ledger` is the transaction's.
  func run(
    over known: [Int: RatingState], _ ledger: inout ReplacementLedger
  ) -> (states: [RatingState], tally: WriteTally) {
    var tally = WriteTally()
    let states = play(over: known) { row, old, new in
      guard let old else {
        tally.added += 1
        return
      }
      if let next = old.successor(new, rule) {
        tally += ledger.replace(
          user: batch.users.identifier(at: row), item: batch.items.identifier(at: row), old,
          by: next)
      } else {
        tally.unchanged += 1
      }
    }
    return (states, tally)
  }

  /// What each slot comes to if the table holds none of them.
  var states: [RatingState] { play(over: [:]) { _, _, _ in } }

  private func play(
    over known: [Int: RatingState], _ note: (Int, RatingState?, RatingState) -> Void
  ) -> [RatingState] {
    var states = [RatingState?](repeating: nil, count: firstRows.count)
    for (slot, state) in known { states[slot] = state }
    for row in 0..<batch.count {
      // A negative zero is a zero, as it is in SQLite.
      let new = RatingState(value: batch.values[row] + 0, time: batch.times[row])
      let slot = slots[row]
      note(row, states[slot], new)
      if let old = states[slot] {
        if let next = old.successor(new, rule) { states[slot] = next }
      } else {
        states[slot] = new
      }
    }
    // Every slot has a row, and every row leaves a state.
    return states.compactMap { $0 }
  }

  private struct Pair: Hashable {
    let user: UserID
    let item: ItemID
  }
}
