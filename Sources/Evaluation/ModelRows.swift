import Interactions
import Ratings
import Recommenders

/// Where a model has the users and items of a table: a model with another vocabulary, such as the
/// one in service, is judged on the same ratings by their ids.
struct ModelRows: Sendable {
  /// For each of the table's users the model's row; nil where the model does not know the user.
  let users: [UserIndex?]
  /// For each of the table's items the model's row; nil where the model does not know the item.
  let items: [ItemIndex?]

  /// Looks up each id once.
  init(of table: InteractionTable, in model: any ScoredModel) {
    users = (0..<table.userCount).map { model.users.index(of: table.identifier(of: UserIndex($0))) }
    items = Self.items(of: table, in: model)
  }

  /// For each of the table's items the model's row; nil where the model does not know the item.
  static func items(of table: InteractionTable, in model: any ScoredModel) -> [ItemIndex?] {
    (0..<table.itemCount).map { model.items.index(of: table.identifier(of: ItemIndex($0))) }
  }
}
