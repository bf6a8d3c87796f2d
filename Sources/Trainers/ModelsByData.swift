import Errors
package import Learning

/// The models that training chooses from the ratings if none is named.
///
/// Lists are made by `item-item`, which ranks best on such data, or by `implicit-als` if there are too many items for a
/// matrix of their pairs. If values are ratings, they are predicted by `bayes`, which has the lowest error.
/// BENCHMARKS.md has the figures.
package struct ModelsByData: Sendable {
  /// The properties of the ratings that the choice depends on.
  package struct Ratings: Sendable {
    package var users: Int
    package var items: Int
    package var count: Int
    /// Whether values express opinions, and at least two of them differ.
    package var areOpinions: Bool
    /// The maximum number of bytes that a training may take.
    package var memoryLimit: Double

    package init(users: Int, items: Int, count: Int, areOpinions: Bool, memoryLimit: Double) {
      self.users = users
      self.items = items
      self.count = count
      self.areOpinions = areOpinions
      self.memoryLimit = memoryLimit
    }
  }

  /// The trainer of the model that makes lists.
  package let ranking: any Trainer
  /// The trainer of the model that predicts ratings; nil if there are none to predict.
  package let predicting: (any Trainer)?
  /// The reason for the choice, for people: "8928 items, and values are ratings".
  package let reason: String

  /// The maximum number of items for which the pair matrix is worth its time: 6.4 GB, inverted in O(items³).
  package static let mostItems = 40_000
  /// The ranking trainers, best first.
  private static let rankingKinds: [any Trainer.Type] = [
    ItemItemTrainer.self, ImplicitALSTrainer.self,
  ]
  private static let predictingKind: any Trainer.Type = BayesTrainer.self
  /// All trainers that may be chosen.
  package static let kinds = rankingKinds + [predictingKind]

  /// Chooses for `ratings` among the models that have all the options of `given`, keyed by name.
  ///
  /// Throws ``TrainingError`` `badOption` if a value is out of bounds, or if no model that suits the ratings has an
  /// option.
  package init(for ratings: Ratings, given: [String: String]) throws(TrainingError) {
    let predictingKind = ratings.areOpinions ? Self.predictingKind : nil
    let rest = Set(given.keys).subtracting(predictingKind?.optionNames ?? [])
    var suitable: [any Trainer] = []
    for kind in Self.rankingKinds {
      let trainer = try kind.init(readingOwnOf: given)
      if Self.fits(trainer, ratings) { suitable.append(trainer) }
    }
    let able = suitable.first { rest.isSubset(of: type(of: $0).optionNames) }
    guard let able else {
      let kinds = suitable.prefix(1).map { type(of: $0) } + (predictingKind.map { [$0] } ?? [])
      let foreign = rest.subtracting(kinds[0].optionNames).sorted()
      throw TrainingError(
        .badOption,
        "has no effect: for these ratings (\(Self.reason(ratings, suitable))) the models are "
          + kinds.map { $0.name }.joined(separator: " and "),
        place: foreign[0], remedy: "Omit it, or name a model that has it.")
    }
    ranking = able
    predicting =
      if let predictingKind { try predictingKind.init(readingOwnOf: given) } else { nil }
    reason = Self.reason(ratings, suitable)
  }

  private static func fits(_ trainer: any Trainer, _ ratings: Ratings) -> Bool {
    guard trainer is ItemItemTrainer else { return true }
    let demand = trainer.memoryDemand(
      users: ratings.users, items: ratings.items, ratings: ratings.count)
    return ratings.items <= mostItems
      && demand.reduce(0) { $0 + $1.byteCount } <= ratings.memoryLimit / 2
  }

  private static func reason(_ ratings: Ratings, _ suitable: [any Trainer]) -> String {
    let values = ratings.areOpinions ? "values are ratings" : "no ratings to predict"
    let allAreSuitable = suitable.count == rankingKinds.count
    return
      "\(ratings.items) items, \(allAreSuitable ? "" : "too many for an item-item matrix, ")and \(values)"
  }
}

extension Trainer {
  /// The names of the trainer's options.
  package static var optionNames: Set<String> { Set(optionDescriptions.map(\.name)) }

  /// Creates a trainer with those of the options in `texts` that it has, keyed by name; the others belong to another
  /// trainer. Throws as ``init(reading:)`` does.
  package init(readingOwnOf texts: [String: String]) throws(TrainingError) {
    let known = Self.optionNames
    try self.init(reading: texts.filter { known.contains($0.key) })
  }
}
