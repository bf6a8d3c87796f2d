import Errors
package import Learning

/// The models that a training learns where none is named: chosen by the ratings.
///
/// Lists are made by `item-item`, which ranks best of all on such data, or by `implicit-als` where there
/// are too many items for a table of their pairs; ratings are predicted by `bayes`, which has the least
/// error, where the values are ratings. BENCHMARKS.md has the figures.
package struct ModelsByData: Sendable {
  /// What the choice goes by.
  package struct Ratings: Sendable {
    package var users: Int
    package var items: Int
    package var count: Int
    /// Whether values say what people thought, and two of them differ.
    package var areOpinions: Bool
    /// The most bytes that a training may take.
    package var memoryLimit: Double

    package init(users: Int, items: Int, count: Int, areOpinions: Bool, memoryLimit: Double) {
      self.users = users
      self.items = items
      self.count = count
      self.areOpinions = areOpinions
      self.memoryLimit = memoryLimit
    }
  }

  /// What makes the lists.
  package let ranking: any Trainer
  /// What predicts ratings beside it; nil where there are none to predict.
  package let predicting: (any Trainer)?
  /// Why these, for people: "8928 items, and values are ratings".
  package let reason: String

  /// The most items whose table of pairs is worth its time: 6.4 GB, inverted in O(items³).
  package static let mostItems = 40_000
  /// What ranks, the best first.
  private static let rankingKinds: [any Trainer.Type] = [
    ItemItemTrainer.self, ImplicitALSTrainer.self,
  ]
  private static let predictingKind: any Trainer.Type = BayesTrainer.self
  /// All that may be chosen.
  package static let kinds = rankingKinds + [predictingKind]

  /// Chooses for `ratings` among the models that have all the options of `given`, by name.
  ///
  /// Throws ``TrainingError`` `badOption` for a value that is not within an option's bounds, and where
  /// no model that suits the ratings has an option.
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
        "would do nothing: for these ratings (\(Self.reason(ratings, suitable))) the models are "
          + kinds.map { $0.name }.joined(separator: " and "),
        place: foreign[0], remedy: "Leave it out, or name a model that has it.")
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
      "\(ratings.items) items, \(allAreSuitable ? "" : "too many for a table of all pairs, ")and \(values)"
  }
}

extension Trainer {
  /// The names of its options.
  package static var optionNames: Set<String> { Set(optionDescriptions.map(\.name)) }

  /// A trainer with those of the options that it has, by name; the others are another's. Throws as
  /// ``init(reading:)`` does.
  package init(readingOwnOf texts: [String: String]) throws(TrainingError) {
    let known = Self.optionNames
    try self.init(reading: texts.filter { known.contains($0.key) })
  }
}
