import Ratings
import Recommenders

extension ScoredModel {
  /// Reads the id of a user as the command line has it.
  func readIdentifier(_ text: String) throws -> UserID { try read(text, as: users.type) }

  /// Reads the id of an item as the command line has it.
  func readIdentifier(_ text: String) throws -> ItemID { try read(text, as: items.type) }

  /// `score`, if it is a number to be shown; fails where a damaged file gives none.
  func finite(_ score: Float) throws -> Double {
    guard score.isFinite else {
      throw CommandFailure(
        "\(path) is damaged: it gives a score that is not a finite number",
        remedy:
          "`latent models verify` says where, and `latent models rollback` goes back, with the "
          + "--models and --name of this command.")
    }
    return Double(score)
  }

  private func read<Entity: NamedEntity>(
    _ text: String, as type: IdentifierType
  ) throws -> Identifier<Entity> {
    guard let id = Identifier<Entity>(text, as: type) else {
      let kind = type == .integer ? "64-bit integers" : "texts of 1 to \(identifierByteLimit) bytes"
      throw CommandFailure(
        "'\(text)' is not the id of \(Entity.article) \(Entity.noun)",
        remedy: "In this model the ids of \(Entity.noun)s are \(kind).")
    }
    return id
  }
}

extension IdentifierTable where Entity: NamedEntity {
  /// The row of `id`; fails, with the ids that are spelled most like it, when it is not there.
  func knownIndex(of id: Identifier<Entity>) throws -> DenseIndex<Entity> {
    if let index = index(of: id) { return index }
    let nearest = nearest(to: id.description, count: 3).map(\.description)
    let remedy =
      nearest.isEmpty
      ? "\(Entity.remedy) If it was rated since, the next training learns of it: train again."
      : "Did you mean \(nearest.joined(separator: " or "))?"
    throw CommandFailure("the model does not know \(Entity.noun) \(id)", remedy: remedy)
  }
}

/// What messages call a user or an item.
protocol NamedEntity {
  static var article: String { get }
  static var noun: String { get }
  /// What to do about one that a model does not know.
  static var remedy: String { get }
}

extension UserEntity: NamedEntity {
  static var article: String { "a" }
  static var noun: String { "user" }
  static var remedy: String { "`latent users` lists the store's." }
}

extension ItemEntity: NamedEntity {
  static var article: String { "an" }
  static var noun: String { "item" }
  static var remedy: String { "`latent items --search TEXT` finds some by title." }
}

extension ResultTable.Cell {
  /// An id: a number where ids are integers, so that JSON has it as one.
  static func identifier<Entity>(_ id: Identifier<Entity>) -> ResultTable.Cell {
    switch id.value {
    case .integer(let integer): .integer(Int(integer))
    case .text(let text): .text(text)
    }
  }
}
