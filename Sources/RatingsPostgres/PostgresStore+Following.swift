import CPostgres
import Ratings

/// What sessions ask of a connection that stays open.
extension PostgresStore {
  /// A connection that was lost is found out when it is used.
  package func isCurrent(_ connection: PostgresConnection) -> Bool { true }

  package func foreignChanges(
    on connection: PostgresConnection, ofAnything: Bool
  ) throws -> Int64 {
    // Of other tables nobody tells: whether any transaction that writes has begun or ended.
    if ofAnything {
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
