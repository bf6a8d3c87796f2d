import Ratings

/// A temporary table by which items get into the store's own.
final class ItemStage {
  /// Items that are written at a time.
  static let batchSize = 10_000

  private let connection: PostgresConnection

  /// Makes the table, which goes with the transaction.
  init(_ connection: PostgresConnection, _ settings: StoreSettings) throws {
    self.connection = connection
    try connection.execute(
      """
      create temporary table latent_item_stage (
        slot integer not null, item_id \((settings.itemType ?? .integer).columnType))
      on commit drop
      """)
  }

  /// Writes items, in order. One without title and attributes is not kept: nothing is known of it.
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
    // Their attributes go with them.
    try connection.execute(
      """
      delete from latent.item using pg_temp.latent_item_stage as stage
      where item.item_id = stage.item_id
      """)
    try insert(changed.compactMap { states[$0.offset] })
    return tally
  }

  /// Puts the given ids into the emptied stage.
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
    // The planner can't know the size of a table that has just been filled.
    try connection.execute("analyze pg_temp.latent_item_stage")
  }

  /// What the store holds of the staged ids, by slot.
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

  /// Writes items that the store does not hold.
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

extension CopyRows {
  /// Appends an id.
  mutating func append<Entity>(_ identifier: Identifier<Entity>) {
    switch identifier.value {
    case .integer(let integer): append(integer)
    case .text(let text): append(text)
    }
  }
}
