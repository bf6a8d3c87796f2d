import Errors
import Ratings

/// How Latent's values stand in Postgres's columns.
extension Identifier {
  /// The id as a parameter for a column of the given type; nil when no such column can hold it.
  func parameter(for columnType: IdentifierType?) -> String? {
    guard type == columnType, !description.utf8.contains(0) else { return nil }
    return description
  }

  /// Reads a cell of a column of the given type; nil when it holds none.
  init?(_ cell: String?, type: IdentifierType) {
    switch type {
    case .integer:
      guard let integer = cell.flatMap({ Int64($0) }) else { return nil }
      self.init(integer)
    case .text:
      guard let cell else { return nil }
      self.init(cell)
    }
  }
}

extension IdentifierType {
  /// The type of a column that holds such ids. Texts are in the order of their bytes.
  var columnType: String {
    switch self {
    case .integer: "bigint"
    case .text: "text collate \"C\""
    }
  }
}

extension PostgresStore {
  /// An id out of a row. Throws when there is none, which Latent never writes.
  func identifier<Entity>(
    _ rows: PostgresResult, _ row: Int, _ column: Int, type: IdentifierType?
  ) throws -> Identifier<Entity> {
    guard let type, let identifier = Identifier<Entity>(rows.text(row, column), type: type) else {
      throw damaged()
    }
    return identifier
  }

  /// A number out of a row. Throws when there is none, which Latent never writes.
  func number<Number: LosslessStringConvertible>(
    _ rows: PostgresResult, _ row: Int, _ column: Int, as: Number.Type = Number.self
  ) throws -> Number {
    guard let number = rows.text(row, column).flatMap(Number.init) else { throw damaged() }
    return number
  }

  /// What is thrown when a table holds what Latent never writes.
  func damaged() -> StoreError {
    StoreError(
      .inputOutput, "the store holds values that Latent did not write", place: name,
      remedy: "Restore it from a backup, or import the ratings into a new store.")
  }

  /// Reads the settings' one row.
  func settings(_ connection: PostgresConnection) throws -> StoreSettings {
    let rows = try connection.query(
      "select user_id_type, item_id_type, scale_minimum, scale_maximum from latent.store_settings")
    guard rows.count == 1 else { throw damaged() }
    var settings = StoreSettings(
      userType: rows.text(0, 0).flatMap(IdentifierType.init),
      itemType: rows.text(0, 1).flatMap(IdentifierType.init))
    if rows.text(0, 2) != nil {
      settings.scale = RatingScale(
        minimum: try number(rows, 0, 2), maximum: try number(rows, 0, 3))
    }
    return settings
  }
}
