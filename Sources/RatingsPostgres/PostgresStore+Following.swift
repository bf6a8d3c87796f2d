import CPostgres
package import Ratings

/// Support for connections that sessions keep open.
extension PostgresStore {
  /// Returns true: a lost connection is detected when it is used.
  package func isCurrent(_ connection: PostgresConnection) -> Bool { true }

  package func foreignChanges(
    on connection: PostgresConnection, reading lookup: UserLookup?
  ) throws -> Int64 {
    // Other tables send no notifications. This detects whether any writing transaction of the cluster has
    // started or ended.
    if let lookup, try !connection.isTold(ofChangesIn: lookup.tables) {
      let state = try connection.query("select hashtextextended(txid_current_snapshot()::text, 0)")
      return state.text(0, 0).flatMap { Int64($0) } ?? 0
    }
    if !connection.isListening {
      // Sent by a trigger on the table (0004_changes.sql).
      try connection.execute("listen latent_rating")
      connection.isListening = true
    }
    return try connection.takeForeignNotifications()
  }
}

extension PostgresConnection {
  /// Returns whether each of `tables` has a trigger that notifies of every change, by a function with the
  /// name of Latent's own (0004_changes.sql); false if `tables` is empty. A statement-level trigger does not
  /// fire for changes through a parent table, but it fires for truncation. For a partition, this checks all
  /// partitions of its table, since some may have been added.
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

  /// Returns the number of notifications received from other connections, including those that have arrived
  /// since the last call.
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
