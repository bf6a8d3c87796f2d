import Errors
import GRDB
package import Ratings

extension SQLiteStore {
  package func readItems(_ body: (Item) throws -> Void) throws {
    try withDatabase(.reading) { database in
      let rows = try Row.fetchCursor(
        database,
        sql: """
          select item_id, title, name, value from item left join item_attribute using (item_id)
          order by item_id, position
          """)
      var current: Item?
      while let row = try rows.next() {
        let id: ItemID = try row.identifier(at: 0, store: name)
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
  }

  package func items(search: String?, limit: Int) throws(StoreError) -> [Counted<Item>] {
    try withDatabaseAlone(.reading) { database in
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
      let search = search.map(TextSearch.init)
      var items: [Counted<Item>] = []
      while items.count < limit, let row = try rows.next() {
        let id: ItemID = try row.identifier(at: 0, store: name)
        let title = row[1] as String?
        if let search, !search.matches(id.description), !(title.map(search.matches) ?? false) {
          continue
        }
        let item = Item(id: id, title: title, attributes: try database.attributes(of: id))
        items.append(Counted(item, ratingCount: row[2] as Int))
      }
      return items
    }
  }

  package func item(_ item: ItemID) throws(StoreError) -> Item? {
    try withDatabaseAlone(.reading) { try $0.item(item, orRated: true) }
  }
}

extension Database {
  /// What is known of an item; nil when it has neither title nor attributes nor, when `orRated`,
  /// ratings.
  func item(_ id: ItemID, orRated: Bool) throws -> Item? {
    let title = try Row.fetchOne(
      cachedStatement(sql: "select title from item where item_id = ?"),
      arguments: [id.databaseValue])
    if let title {
      return Item(id: id, title: title[0] as String?, attributes: try attributes(of: id))
    }
    guard orRated else { return nil }
    let rated = try Row.fetchOne(
      self, sql: "select 1 from rating where item_id = ? limit 1", arguments: [id.databaseValue])
    return rated.map { _ in Item(id: id) }
  }

  /// An item's attributes in the order they came.
  func attributes(of id: ItemID) throws -> [ItemAttribute] {
    let rows = try Row.fetchCursor(
      cachedStatement(
        sql: "select name, value from item_attribute where item_id = ? order by position"),
      arguments: [id.databaseValue])
    var attributes: [ItemAttribute] = []
    while let row = try rows.next() {
      attributes.append(ItemAttribute(name: row[0] as String, value: row[1] as String))
    }
    return attributes
  }
}
