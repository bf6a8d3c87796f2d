package import Ratings

extension PostgresStore {
  package func settings() throws(StoreError) -> StoreSettings {
    try withConnectionAlone(.reading) { try settings($0) }
  }

  package func summary() throws(StoreError) -> StoreSummary {
    try withConnectionAlone(.reading) { connection in
      func count(_ sql: String) throws -> Int {
        try number(connection.query("select count(*) from " + sql), 0, 0)
      }
      return StoreSummary(
        ratingCount: try count("latent.rating"),
        userCount: try count("(select 1 from latent.rating group by user_id) as grouped"),
        ratedItemCount: try count("(select 1 from latent.rating group by item_id) as grouped"),
        describedItemCount: try count("latent.item"),
        itemCount: try count(
          "(select item_id from latent.rating union select item_id from latent.item) as known"),
        settings: try settings(connection))
    }
  }

  package func ratings(of user: UserID, limit: Int) throws(StoreError) -> [Rating] {
    try withConnectionAlone(.reading) { connection in
      let settings = try settings(connection)
      return try ratings(
        connection, settings, where: "user_id", is: user.parameter(for: settings.userType),
        then: "item_id", limit: limit)
    }
  }

  package func ratings(for item: ItemID, limit: Int) throws(StoreError) -> [Rating] {
    try withConnectionAlone(.reading) { connection in
      let settings = try settings(connection)
      return try ratings(
        connection, settings, where: "item_id", is: item.parameter(for: settings.itemType),
        then: "user_id", limit: limit)
    }
  }

  private func ratings(
    _ connection: PostgresConnection, _ settings: StoreSettings, where column: String,
    is identifier: String?, then other: String, limit: Int
  ) throws -> [Rating] {
    guard let identifier else { return [] }
    let rows = try connection.query(
      """
      select user_id, item_id, value, rated_at from latent.rating where \(column) = $1
      order by rated_at desc nulls last, \(other) limit \(max(limit, 0))
      """, [identifier])
    return try (0..<rows.count).map { row in
      Rating(
        user: try self.identifier(rows, row, 0, type: settings.userType),
        item: try self.identifier(rows, row, 1, type: settings.itemType),
        value: try number(rows, row, 2),
        time: rows.text(row, 3) == nil
          ? nil : Timestamp(microseconds: try number(rows, row, 3)))
    }
  }

  package func users(after: UserID?, limit: Int) throws(StoreError) -> [Counted<UserID>] {
    try withConnectionAlone(.reading) { connection in
      let type = try settings(connection).userType
      let position: String?
      switch (after?.value, type) {
      case (.integer(let integer), .integer): position = String(integer)
      // No stored text holds a NUL: what is behind one with it is behind what is before its NUL.
      case (.text(let text), .text): position = String(text.prefix { $0 != "\0" })
      // Integers stand before all texts.
      case (.text, _): return []
      case (.integer, _), (nil, _): position = nil
      }
      let rows = try connection.query(
        """
        select user_id, count(*) from latent.rating \(position == nil ? "" : "where user_id > $1")
        group by user_id order by user_id limit \(max(limit, 0))
        """, position.map { [$0] } ?? [])
      return try (0..<rows.count).map { row in
        Counted(try identifier(rows, row, 0, type: type), ratingCount: try number(rows, row, 1))
      }
    }
  }
}
