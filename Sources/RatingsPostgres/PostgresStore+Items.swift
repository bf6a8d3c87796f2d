import Foundation
package import Ratings

extension PostgresStore {
  package func readItems(_ body: (Item) throws -> Void) throws {
    try withConnection(.reading) { connection in
      let type = try settings(connection).itemType
      try connection.forEachRow(
        "select item_id, title, \(Self.attributes) from latent.item as known order by item_id"
      ) { rows, row in
        try body(try item(rows, row, type: type))
        return true
      }
    }
  }

  package func items(search: String?, limit: Int) throws(StoreError) -> [Counted<Item>] {
    guard limit > 0 else { return [] }
    return try withConnectionAlone(.reading) { connection in
      let type = try settings(connection).itemType
      let search = search.map(TextSearch.init)
      var items: [Counted<Item>] = []
      try connection.forEachRow(
        """
        with rated as (select item_id, count(*) as ratings from latent.rating group by item_id),
        known as (
          select item_id, title, coalesce(ratings, 0) as ratings
          from rated full join latent.item using (item_id)
        )
        select item_id, title, \(Self.attributes), ratings from known order by ratings desc, item_id
        """
      ) { rows, row in
        let isFound = search.map { search in
          [rows.text(row, 0), rows.text(row, 1)].contains { $0.map(search.matches) ?? false }
        }
        if isFound ?? true {
          items.append(
            Counted(
              try item(rows, row, type: type), ratingCount: try number(rows, row, 3)))
        }
        return items.count < limit
      }
      return items
    }
  }

  package func item(_ item: ItemID) throws(StoreError) -> Item? {
    try withConnectionAlone(.reading) { connection in
      let type = try settings(connection).itemType
      guard let parameter = item.parameter(for: type) else { return nil }
      let rows = try connection.query(
        """
        select item_id, title, \(Self.attributes)
        from (
          select item_id, title from latent.item
          union all (select item_id, null from latent.rating where item_id = $1 limit 1)
        ) as known
        where item_id = $1 limit 1
        """, [parameter])
      return rows.count == 0 ? nil : try self.item(rows, 0, type: type)
    }
  }

  /// The attributes of `known.item_id` in order, as one text: a JSON array of pairs, null for none.
  static let attributes = """
    (select json_agg(json_build_array(name, value) order by position) from latent.item_attribute
     where item_attribute.item_id = known.item_id)
    """

  /// The item in the first three columns of a row: id, title, attributes.
  func item(_ rows: PostgresResult, _ row: Int, type: IdentifierType?) throws -> Item {
    let pairs = try rows.text(row, 2).map {
      try JSONDecoder().decode([[String]].self, from: Data($0.utf8))
    }
    return Item(
      id: try identifier(rows, row, 0, type: type), title: rows.text(row, 1),
      attributes: (pairs ?? []).map { ItemAttribute(name: $0[0], value: $0[1]) })
  }
}

extension PostgresConnection {
  /// Runs a query within a transaction and hands its rows over until `body` answers false, a
  /// thousand at a time in memory.
  func forEachRow(
    _ sql: String, _ body: (PostgresResult, Int) throws -> Bool
  ) throws {
    try execute("declare latent_rows no scroll cursor for " + sql)
    defer { if isInTransaction { try? execute("close latent_rows") } }
    while true {
      let rows = try query("fetch 1000 from latent_rows")
      for row in 0..<rows.count where try !body(rows, row) { return }
      if rows.count == 0 { return }
    }
  }
}
