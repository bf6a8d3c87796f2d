import GRDB
package import Ratings

extension SQLiteStore {
  package func settings() throws(StoreError) -> StoreSettings {
    try withDatabaseAlone(.reading) { try StoreSettings($0) }
  }

  package func summary() throws(StoreError) -> StoreSummary {
    try withDatabaseAlone(.reading) { database in
      func count(_ sql: String) throws -> Int {
        try Int.fetchOne(database, sql: "select count(*) from " + sql) ?? 0
      }
      // Grouping walks an index; `count(distinct ...)` would build a table.
      return StoreSummary(
        ratingCount: try count("rating"),
        userCount: try count("(select 1 from rating group by user_id)"),
        ratedItemCount: try count("(select 1 from rating group by item_id)"),
        describedItemCount: try count("item"),
        itemCount: try count("(select item_id from rating union select item_id from item)"),
        settings: try StoreSettings(database))
    }
  }

  package func ratings(of user: UserID, limit: Int) throws(StoreError) -> [Rating] {
    try ratings(where: "user_id", is: user.databaseValue, then: "item_id", limit: limit)
  }

  package func ratings(for item: ItemID, limit: Int) throws(StoreError) -> [Rating] {
    try ratings(where: "item_id", is: item.databaseValue, then: "user_id", limit: limit)
  }

  private func ratings(
    where column: String, is identifier: DatabaseValue, then other: String, limit: Int
  ) throws(StoreError) -> [Rating] {
    try withDatabaseAlone(.reading) { database in
      let rows = try Row.fetchCursor(
        database,
        sql: """
          select user_id, item_id, value, rated_at from rating where \(column) = ?
          order by rated_at desc nulls last, \(other) limit ?
          """, arguments: [identifier, limit])
      var ratings: [Rating] = []
      while let row = try rows.next() {
        ratings.append(
          Rating(
            user: try row.identifier(at: 0, store: name),
            item: try row.identifier(at: 1, store: name), value: Float(row[2] as Double),
            time: (row[3] as Int64?).map(Timestamp.init(microseconds:))))
      }
      return ratings
    }
  }

  package func users(after: UserID?, limit: Int) throws(StoreError) -> [Counted<UserID>] {
    try withDatabaseAlone(.reading) { database in
      let rows = try Row.fetchCursor(
        database,
        sql: """
          select user_id, count(*) from rating \(after == nil ? "" : "where user_id > ?1")
          group by user_id order by user_id limit ?2
          """, arguments: [after?.databaseValue, limit])
      var users: [Counted<UserID>] = []
      while let row = try rows.next() {
        users.append(
          Counted(try row.identifier(at: 0, store: name), ratingCount: row[1] as Int))
      }
      return users
    }
  }
}
