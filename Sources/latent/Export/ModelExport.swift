import Ratings
import Recommenders

/// The data of a model's export: its items and users with their parameters, and facts about the model.
struct ModelExport {
  let model: any ScoredModel
  /// Facts about the model: its origin, and the meaning of its numbers.
  let facts: [(name: String, value: ResultTable.Cell)]
  /// The items and, if they are wanted and have parameters, the users.
  let sides: [Side]

  /// Users or items.
  struct Side {
    /// `item` or `user`.
    let name: String
    let type: IdentifierType
    let count: Int
    /// The length of a vector; 0 if there are none.
    let vectorLength: Int
    let hasBiases: Bool
    /// Whether there are titles and numbers of ratings.
    let isTitled: Bool
    /// Returns the data of the user or item at an index.
    let row: (Int) -> Row
  }

  /// A user or item.
  struct Row {
    let id: ExportedID
    var title: String?
    var ratings = 0
    let bias: Float
    let vector: [Float]
  }

  init(_ model: any ScoredModel, facts: [(name: String, value: ResultTable.Cell)], withUsers: Bool)
  {
    self.model = model
    self.facts = facts
    let length = model.itemVectorLength
    func item(_ row: Int) -> Row {
      let item = ItemIndex(row)
      return Row(
        id: ExportedID(model.items.identifier(at: item)), title: model.title(of: item),
        ratings: model.ratingCount(of: item), bias: model.bias(of: item) ?? 0,
        vector: length == 0
          ? [] : model.withItemVectors { Array($0[row * length..<(row + 1) * length]) })
    }
    // Without item vectors a user consists of the rated items, which are not exported.
    func user(_ row: Int) -> Row {
      let user = model.user(at: UserIndex(row))
      return Row(
        id: ExportedID(model.users.identifier(at: UserIndex(row))), bias: user.bias ?? 0,
        vector: length == 0 ? [] : user.elements)
    }
    let hasBiases = model.itemCount > 0 && model.bias(of: ItemIndex(0)) != nil
    var sides = [
      Side(
        name: "item", type: model.items.type, count: model.itemCount, vectorLength: length,
        hasBiases: hasBiases, isTitled: true, row: item)
    ]
    let userLength = model.userCount == 0 ? 0 : user(0).vector.count
    if withUsers, hasBiases || userLength > 0 {
      sides.append(
        Side(
          name: "user", type: model.users.type, count: model.userCount, vectorLength: userLength,
          hasBiases: hasBiases, isTitled: false, row: user))
    }
    self.sides = sides
  }

  /// Whether there are weights between items.
  var hasWeights: Bool { model.itemCount > 0 && model.weights(from: ItemIndex(0)) != nil }

  /// Calls `body` with each item and its weights to others.
  func forEachItemWithWeights(
    _ body: (ItemIndex, [(item: ItemIndex, weight: Float)]) throws -> Void
  ) rethrows {
    for row in 0..<model.itemCount {
      let item = ItemIndex(row)
      try body(item, model.weights(from: item) ?? [])
    }
  }

  /// Returns the id of an item.
  func id(of item: ItemIndex) -> ExportedID { ExportedID(model.items.identifier(at: item)) }
}

/// The id of a user or item.
enum ExportedID: CustomStringConvertible {
  case integer(Int64)
  case text(String)

  init<Entity>(_ id: Identifier<Entity>) {
    switch id.value {
    case .integer(let integer): self = .integer(integer)
    case .text(let text): self = .text(text)
    }
  }

  var description: String {
    switch self {
    case .integer(let integer): String(integer)
    case .text(let text): text
    }
  }
}
