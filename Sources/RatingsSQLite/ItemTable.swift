import Errors
import GRDB
package import Ratings

/// The tables of items and their attributes.
extension SQLiteTransaction {
  package func readItems(_ body: (Item) throws -> Void) throws {
    let rows = try Row.fetchCursor(
      database,
      sql: """
        select item_id, title, name, value from item left join item_attribute using (item_id)
        order by item_id, position
        """)
    var current: Item?
    while let row = try rows.next() {
      let id: ItemID = try identifier(row, 0)
      if let finished = current, finished.id != id {
        try body(finished)
        current = nil
      }
      var item = current ?? Item(id: id, title: row[1] as String?)
      if let name = row[2] as String?, let value = row[3] as String? {
        item.attributes.append(ItemAttribute(name: name, value: value))
      }
      current = item
    }
    if let current { try body(current) }
  }

  package func items(search: TextSearch?, limit: Int) throws -> [Counted<Item>] {
    let rows = try Row.fetchCursor(
      database,
      sql: """
        with rated as (select item_id, count(*) as ratings from rating group by item_id)
        select item_id, title, ratings from rated left join item using (item_id)
        union all
        select item_id, title, 0 from item
        where not exists (select 1 from rating where rating.item_id = item.item_id)
        order by ratings desc, item_id
        """)
    var items: [Counted<Item>] = []
    while items.count < limit, let row = try rows.next() {
      let id: ItemID = try identifier(row, 0)
      let title = row[1] as String?
      if let search, !search.matches(id.description), !(title.map(search.matches) ?? false) {
        continue
      }
      let item = Item(id: id, title: title, attributes: try attributes(of: id))
      items.append(Counted(item, ratingCount: row[2] as Int))
    }
    return items
  }

  package func item(_ id: ItemID) throws -> Item? {
    if let described = try describedItem(id) { return described }
    let rated = try Row.fetchOne(
      database, sql: "select 1 from rating where item_id = ? limit 1",
      arguments: [id.databaseValue])
    return rated.map { _ in Item(id: id) }
  }

  package func upsert(_ items: [Item]) throws -> WriteTally {
    var tally = WriteTally()
    for item in items { tally += try upsert(item) }
    return tally
  }

  /// Writes one item. An item without title and attributes is not stored.
  private func upsert(_ item: Item) throws -> WriteTally {
    let known = try describedItem(item.id)
    let isEmpty = item.title == nil && item.attributes.isEmpty
    if known == item || (known == nil && isEmpty) { return WriteTally(unchanged: 1) }
    if known != nil {
      // The delete cascades to its attributes.
      try database.cachedStatement(sql: "delete from item where item_id = ?")
        .execute(arguments: [item.id.databaseValue])
    }
    if !isEmpty {
      try database.cachedStatement(sql: "insert into item values (?, ?)")
        .execute(arguments: [item.id.databaseValue, item.title])
    }
    let insert = try database.cachedStatement(sql: "insert into item_attribute values (?, ?, ?, ?)")
    for (position, attribute) in item.attributes.enumerated() {
      try insert.execute(
        arguments: [item.id.databaseValue, position, attribute.name, attribute.value])
    }
    return known == nil ? WriteTally(added: 1) : WriteTally(replaced: 1)
  }

  /// Returns an item with a title or attributes; nil if it has neither.
  private func describedItem(_ id: ItemID) throws -> Item? {
    try Row.fetchOne(
      database.cachedStatement(sql: "select title from item where item_id = ?"),
      arguments: [id.databaseValue]
    ).map { Item(id: id, title: $0[0] as String?, attributes: try attributes(of: id)) }
  }

  /// Returns an item's attributes in their original order.
  private func attributes(of id: ItemID) throws -> [ItemAttribute] {
    try Row.fetchAll(
      database.cachedStatement(
        sql: "select name, value from item_attribute where item_id = ? order by position"),
      arguments: [id.databaseValue]
    ).map { ItemAttribute(name: $0[0] as String, value: $0[1] as String) }
  }
}
