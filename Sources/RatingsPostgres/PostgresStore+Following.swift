import CPostgres
package import Ratings

/// What sessions ask of a connection that stays open.
extension PostgresStore {
  /// A connection that was lost is found out when it is used.
  package func isCurrent(_ connection: PostgresConnection) -> Bool { true }

  package func foreignChanges(
    on connection: PostgresConnection, reading lookup: UserLookup?
  ) throws -> Int64 {
    // Of other tables nobody need tell: whether any transaction of the cluster that writes has begun or ended.
    if let lookup, try !connection.isTold(ofChangesIn: lookup.tables) {
      let state = try connection.query("select hashtextextended(txid_current_snapshot()::text, 0)")
      return state.text(0, 0).flatMap { Int64($0) } ?? 0
    }
    if !connection.isListening {
      // Told by a trigger of the table (0004_changes.sql).
      try connection.execute("listen latent_rating")
      connection.isListening = true
    }
    return try connection.takeForeignNotifications()
  }
}

extension PostgresConnection {
  /// Whether each of `tables`, of which there must be some, has a trigger that tells of every change, by a function of the name of Latent's own
  /// (0004_changes.sql). One of statements is not told of those on a parent table,
  /// but of what is truncated. Beside each
  /// partition stand the others of its table, of which some may have come since.
  fileprivate func isTold(ofChangesIn tables: [String]) throws -> Bool {
    guard !tables.isEmpty else { return false }
    // tgtype: 1 for each row, 4 insert, 8 delete, 16 update, 32 truncate.
    let told = try query(
      """
      select bool_and(kinds & 60 = 60) from (
        select id from unnest($1::oid[]) as planned (id)
        union select part.relid from unnest($1::oid[]) as planned (id)
          cross join pg_partition_tree(pg_partition_root(planned.id)) as part where part.isleaf
      ) as read (id) cross join lateral (
        select coalesce(bit_or(case when t.tgtype & 1 = 1
          or not exists (select from pg_inherits where inhrelid = read.id) then t.tgtype
          else t.tgtype & 32 end), 0)
        from pg_trigger t join pg_proc f on f.oid = t.tgfoid
        where t.tgrelid = read.id and t.tgenabled in ('O', 'A') and f.proname = 'tell_of_ratings'
      ) as told (kinds)
      """, ["{" + tables.joined(separator: ",") + "}"])
    return told.text(0, 0) == "t"
  }

  /// How many notifications of other connections have come so far. Takes in those that have come since.
  fileprivate func takeForeignNotifications() throws -> Int64 {
    guard PQconsumeInput(handle) == 1 else { throw failure() }
    let own = PQbackendPID(handle)
    while let notification = PQnotifies(handle) {
      if notification.pointee.be_pid != own { foreignNotificationCount += 1 }
      PQfreemem(notification)
    }
    return foreignNotificationCount
  }
}
