import Errors
import GRDB
import GRDBSQLite
import Ratings

/// How Latent's values stand in SQLite's columns.
extension Identifier {
  /// The id as a bound argument.
  var databaseValue: DatabaseValue {
    switch value {
    case .integer(let integer): integer.databaseValue
    case .text(let text): text.databaseValue
    }
  }

  /// The id in a column of a row; nil when it holds neither an integer nor a text.
  init?(_ stored: DatabaseValue) {
    switch stored.storage {
    case .int64(let integer): self.init(integer)
    case .string(let text): self.init(text)
    default: return nil
    }
  }
}

extension Row {
  /// The id in the column at `index`. Throws when it holds neither an integer nor a text, which
  /// Latent never writes.
  func identifier<Entity>(at index: Int, store: String) throws(StoreError) -> Identifier<Entity> {
    guard let identifier = Identifier<Entity>(self[index] as DatabaseValue) else {
      throw damaged(store: store)
    }
    return identifier
  }
}

/// What is thrown when a table holds what Latent never writes.
func damaged(store: String) -> StoreError {
  StoreError(
    .inputOutput, "the store holds values that Latent did not write", place: store,
    remedy: "Restore it from a backup, or import the ratings into a new store.")
}

extension StoreSettings {
  /// Reads the settings' one row.
  init(_ database: Database) throws {
    let row = try Row.fetchOne(
      database,
      sql: "select user_id_type, item_id_type, scale_minimum, scale_maximum from store_settings")
    self.init(
      userType: (row?[0] as String?).flatMap(IdentifierType.init),
      itemType: (row?[1] as String?).flatMap(IdentifierType.init))
    if let minimum = row?[2] as Double?, let maximum = row?[3] as Double? {
      scale = RatingScale(minimum: Float(minimum), maximum: Float(maximum))
    }
  }

  /// Writes the settings' one row.
  func save(_ database: Database) throws {
    try database.execute(
      sql: """
        update store_settings
        set user_id_type = ?, item_id_type = ?, scale_minimum = ?, scale_maximum = ?
        """,
      arguments: [
        userType?.rawValue, itemType?.rawValue, scale.map { Double($0.minimum) },
        scale.map { Double($0.maximum) },
      ])
  }
}
