import Interactions
import Ratings
import Recommenders

/// A model's rows for the users and items of a table. A model with another vocabulary, such as the one in service, is
/// matched by ids and so evaluated on the same ratings.
struct ModelRows: Sendable {
  /// The model's row of each of the table's users; nil if the model does not know the user.
  let users: [UserIndex?]
  /// The model's row of each of the table's items; nil if the model does not know the item.
  let items: [ItemIndex?]

  /// Looks up each id once.
  init(of table: InteractionTable, in model: any ScoredModel) {
    users = (0..<table.userCount).map { model.users.index(of: table.identifier(of: UserIndex($0))) }
    items = Self.items(of: table, in: model)
  }

  /// Returns the model's row of each of the table's items; nil if the model does not know the item.
  static func items(of table: InteractionTable, in model: any ScoredModel) -> [ItemIndex?] {
    (0..<table.itemCount).map { model.items.index(of: table.identifier(of: ItemIndex($0))) }
  }
}
