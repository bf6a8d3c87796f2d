package import Ratings

/// Access to single pairs in the ratings table, for sessions. Each statement takes all pairs, as arrays.
extension PostgresTransaction {
  package func states(of pairs: RatingBatch) throws -> [RatingState?] {
    // `offset 0` forces a lookup per pair.
    let rows = try connection.query(
      """
      select (place - 1)::integer, found.* from \(Self.pairs(pairs, "")) with ordinality as pair (user_id, item_id, place)
      cross join lateral (
        select \(RatingState.columns) from latent.rating
        where rating.user_id = pair.user_id and rating.item_id = pair.item_id offset 0
      ) as found
      """, Self.parameters(pairs), inBinary: true)
    var states = [RatingState?](repeating: nil, count: pairs.count)
    for row in 0..<rows.count {
      guard let place: Int32 = rows.bits(row, 0) else {
        preconditionFailure("a column of another type than asked for")
      }
      states[Int(place)] = rows.ratingState(row, from: 1)
    }
    return states
  }

  package func put(_ batch: RatingBatch) throws {
    let times = batch.times.map { $0 == Timestamp.missing ? "NULL" : String($0) }
    _ = try connection.query(
      """
      insert into latent.rating (\(Self.columns))
      select * from \(Self.pairs(batch, ", $3::real[], $4::bigint[]"))
      on conflict (user_id, item_id) do update set value = excluded.value, rated_at = excluded.rated_at
      """,
      Self.parameters(batch) + [
        Self.array(batch.values.map { "\($0)" }), Self.array(times),
      ])
  }

  package func remove(_ pairs: RatingBatch) throws {
    _ = try connection.query(
      """
      delete from latent.rating using \(Self.pairs(pairs, "")) as pair (user_id, item_id)
      where rating.user_id = pair.user_id and rating.item_id = pair.item_id
      """, Self.parameters(pairs))
  }

  /// Returns a table expression of a batch's pairs, which are the first two parameters, and of `further`
  /// columns.
  private static func pairs(_ batch: RatingBatch, _ further: String) -> String {
    func type(_ column: IdentifierColumn) -> String {
      column.type == .integer ? "bigint[]" : "text[]"
    }
    return "unnest($1::\(type(batch.users)), $2::\(type(batch.items))\(further))"
  }

  private static func parameters(_ batch: RatingBatch) -> [String?] {
    [array(batch.users), array(batch.items)]
  }

  private static func array(_ column: IdentifierColumn) -> String {
    switch column {
    case .integers(let integers): array(integers.map(String.init))
    case .texts:
      array(
        (0..<column.count).map { place in
          let id: UserID = column.identifier(at: place)
          let escaped = id.description.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
          return "\"\(escaped)\""
        })
    }
  }

  /// Returns an array literal (manual: "Array Input and Output Syntax").
  private static func array(_ elements: [String]) -> String {
    "{" + elements.joined(separator: ",") + "}"
  }
}
