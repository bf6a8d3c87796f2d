import Ratings

/// The lookup of one user's ratings by a query over the user's own tables.
struct PostgresLookup {
  /// The query as written.
  let query: String
  /// A query that selects item, value and time of its rows as texts.
  let select: String
  let userType: IdentifierType
  let itemType: IdentifierType
  let timeForm: RatingLayout.Time

  /// Returns the query for a user's newest ratings. The user is the parameter with the number `user`, the
  /// maximum number of ratings the one after it.
  func sql(user: Int = 1) -> String {
    select + " where \(RatingColumn.user.nameInQuery) = $\(user)"
      + " order by 3 desc nulls last, 1 limit $\(user + 1)::int8"
  }

  /// Returns the microseconds since 1970 that `text` stands for; nil if out of range.
  func time(_ text: String) -> Int64? {
    switch timeForm {
    case .epoch: Int64(text).flatMap { Timestamp.microseconds(sinceEpoch: $0) }
    case .fractionalEpoch: Double(text).flatMap { Timestamp.microseconds(sinceEpoch: $0) }
    case .timestamp, .microseconds, .none: Int64(text)
    }
  }

  /// Returns the generic plan for finding any user, avoiding full table scans if possible, and the user's
  /// parameter in it. The query is not run.
  func plan(_ connection: PostgresConnection) throws -> (plan: PostgresPlan?, user: String) {
    // Servers before 17 use the same names, from $0 on, for results of sub-selects. The user's number is far
    // from these.
    let user = 100
    let types = Array(repeating: "text", count: user - 1) + ["unknown", "int8"]
    let values = Array(repeating: "null", count: user) + ["1"]
    try connection.execute(
      """
      deallocate all; prepare latent_lookup (\(types.joined(separator: ", "))) as \(sql(user: user));
      set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off
      """)
    let explain =
      "explain (verbose, format json) execute latent_lookup (\(values.joined(separator: ", ")))"
    var known = PostgresPlan(json: try connection.query(explain).text(0, 0) ?? "")
    if known?.leavesPartitionsOut == true {
      // The value here is not an actual user; the plan must include the partitions in which any user may be.
      try connection.execute("discard plans; set local enable_partition_pruning = off")
      known = PostgresPlan(json: try connection.query(explain).text(0, 0) ?? "")
    }
    try connection.execute(
      """
      deallocate latent_lookup; set local plan_cache_mode = auto; set local enable_seqscan = on;
      set local enable_partition_pruning = on
      """)
    for index in known?.indexes ?? [] {
      known?.firstKeys[index] = try firstKey(of: index, connection)
    }
    return (known, "$\(user)")
  }

  /// Returns the first column of `index` if a scan without a condition on it reads all entries; nil if
  /// another column suffices, or it is an expression.
  private func firstKey(
    of index: PostgresPlan.Index, _ connection: PostgresConnection
  ) throws -> String? {
    let keys = try connection.query(
      """
      select pg_get_indexdef(x.indexrelid, 1, true)
      from pg_index x join pg_class c on c.oid = x.indexrelid join pg_am m on m.oid = c.relam
        join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = $2 and x.indkey[0] <> 0 and m.amname in ('btree', 'gist')
      """, [index.schema, index.name])
    return keys.count == 1 ? keys.text(0, 0) : nil
  }
}
