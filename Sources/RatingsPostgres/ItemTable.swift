import Foundation
package import Ratings

/// The tables of items and their attributes.
extension PostgresTransaction {
  /// The number of items written at a time.
  private static let itemsPerStage = 10_000

  package func readItems(_ body: (Item) throws -> Void) throws {
    let type = try settings().itemType
    try connection.forEachRow(
      "select item_id, title, \(Self.attributes) from latent.item as known order by item_id"
    ) { rows, row in
      try body(try item(rows, row, type: type))
      return true
    }
  }

  package func items(search: TextSearch?, limit: Int) throws -> [Counted<Item>] {
    guard limit > 0 else { return [] }
    let type = try settings().itemType
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
          Counted(try item(rows, row, type: type), ratingCount: try number(rows, row, 3)))
      }
      return items.count < limit
    }
    return items
  }

  package func item(_ item: ItemID) throws -> Item? {
    let type = try settings().itemType
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

  package func upsert(_ items: [Item]) throws -> WriteTally {
    let stage = try ItemStage(connection)
    var tally = WriteTally()
    var rest = items[...]
    while !rest.isEmpty {
      tally += try stage.upsert(rest.prefix(Self.itemsPerStage))
      rest = rest.dropFirst(Self.itemsPerStage)
    }
    return tally
  }

  /// The attributes of `known.item_id` in order, as one text: a JSON array of pairs, null if there are none.
  private static let attributes = """
    (select json_agg(json_build_array(name, value) order by position) from latent.item_attribute
     where item_attribute.item_id = known.item_id)
    """

  /// Returns the item in the first three columns of a row: id, title, attributes.
  private func item(_ rows: PostgresResult, _ row: Int, type: IdentifierType?) throws -> Item {
    let pairs = try rows.text(row, 2).map {
      try JSONDecoder().decode([[String]].self, from: Data($0.utf8))
    }
    return Item(
      id: try identifier(rows, row, 0, type: type), title: rows.text(row, 1),
      attributes: (pairs ?? []).map { ItemAttribute(name: $0[0], value: $0[1]) })
  }
}

extension PostgresConnection {
  /// Runs a query within a transaction and passes its rows to `body` until that returns false. Holds at most
  /// a thousand rows in memory.
  fileprivate func forEachRow(
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

/// A temporary staging table for items.
private struct ItemStage {
  private let connection: PostgresConnection

  /// Creates the table unless this transaction already has it; it is dropped with the transaction.
  init(_ connection: PostgresConnection) throws {
    self.connection = connection
    try connection.execute(
      """
      create temporary table if not exists latent_item_stage on commit drop as
      select 0::integer as slot, item_id from latent.item with no data
      """)
  }

  /// Writes items, in order. An item without title and attributes is not stored.
  func upsert(_ items: ArraySlice<Item>) throws -> WriteTally {
    var slots: [ItemID: Int] = [:]
    var ids: [ItemID] = []
    for item in items where slots[item.id] == nil {
      slots[item.id] = ids.count
      ids.append(item.id)
    }
    try stage(Array(ids.enumerated()).map { ($0, $1) })
    let known = try knownItems(ids)
    var states = known
    var tally = WriteTally()
    for item in items {
      guard let slot = slots[item.id] else { continue }
      let new = item.title == nil && item.attributes.isEmpty ? nil : item
      if states[slot] == new {
        tally.unchanged += 1
      } else if states[slot] == nil {
        tally.added += 1
      } else {
        tally.replaced += 1
      }
      states[slot] = new
    }
    let changed = ids.enumerated().filter { known[$0.offset] != states[$0.offset] }
    try stage(changed.map { ($0, $1) }.filter { known[$0.0] != nil })
    // The delete cascades to their attributes.
    try connection.execute(
      """
      delete from latent.item using pg_temp.latent_item_stage as stage
      where item.item_id = stage.item_id
      """)
    try insert(changed.compactMap { states[$0.offset] })
    return tally
  }

  /// Truncates the stage and fills it with the given ids.
  private func stage(_ ids: [(slot: Int, id: ItemID)]) throws {
    try connection.execute("truncate pg_temp.latent_item_stage")
    guard !ids.isEmpty else { return }
    try connection.copyIn("copy pg_temp.latent_item_stage from stdin (format binary)") { rows in
      for (slot, id) in ids {
        try rows.beginRow(columnCount: 2)
        rows.append(Int32(slot))
        rows.append(id)
      }
    }
    // The planner can't know the size of a table that was filled just now.
    try connection.execute("analyze pg_temp.latent_item_stage")
  }

  /// Returns what the store holds of the staged ids, by slot.
  private func knownItems(_ ids: [ItemID]) throws -> [Item?] {
    var items = [Item?](repeating: nil, count: ids.count)
    let rows = try connection.query(
      "select slot, title from pg_temp.latent_item_stage join latent.item using (item_id)")
    for row in 0..<rows.count {
      guard let slot = rows.text(row, 0).flatMap({ Int($0) }) else { continue }
      items[slot] = Item(id: ids[slot], title: rows.text(row, 1))
    }
    let attributes = try connection.query(
      """
      select slot, name, value
      from pg_temp.latent_item_stage join latent.item_attribute using (item_id)
      order by slot, position
      """)
    for row in 0..<attributes.count {
      guard let slot = attributes.text(row, 0).flatMap({ Int($0) }),
        let name = attributes.text(row, 1), let value = attributes.text(row, 2)
      else { continue }
      items[slot]?.attributes.append(ItemAttribute(name: name, value: value))
    }
    return items
  }

  /// Inserts items that the store does not hold.
  private func insert(_ items: [Item]) throws {
    guard !items.isEmpty else { return }
    try connection.copyIn("copy latent.item (item_id, title) from stdin (format binary)") { rows in
      for item in items {
        try rows.beginRow(columnCount: 2)
        rows.append(item.id)
        if let title = item.title { rows.append(title) } else { rows.appendNull() }
      }
    }
    try connection.copyIn(
      "copy latent.item_attribute (item_id, position, name, value) from stdin (format binary)"
    ) { rows in
      for item in items {
        for (position, attribute) in item.attributes.enumerated() {
          try rows.beginRow(columnCount: 4)
          rows.append(item.id)
          rows.append(Int32(position))
          rows.append(attribute.name)
          rows.append(attribute.value)
        }
      }
    }
  }
}
