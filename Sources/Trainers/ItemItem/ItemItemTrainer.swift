import Errors
import Interactions
package import Learning
import TensorCore

/// Options of the `item-item` trainer.
package struct ItemItemOptions: TrainerOptions {
  /// Added to each item's number of ratings; nil to derive it from the data.
  package var regularization: Double?
  /// The dropout probability of a user's items when they are predicted from the others.
  package var dropout = 0.5
  /// The average number of weights kept per item.
  package var weightsPerItem = 400

  package init() {}
}

/// Trains the `item-item` model: weights by which each rated item of a user predicts each other item, in closed form.
/// Let X be the matrix of users by items, 1 where there is a rating and 0 elsewhere. The weights are the matrix B with
/// zero diagonal that minimises
///
///     |X - X B|² + sum over items i of Lambda(i) |B(i, *)|²
///     B(i, j) = -P(i, j) / P(j, j),   P = (XᵀX + diag(Lambda))⁻¹
///
/// (EASE, Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019, eq. 8), with
/// `Lambda(i) = lambda + p / (1 - p) x ratings of i`. This is equivalent to dropping each of a user's items with
/// probability p (EDLAE, Steck, "Autoencoders that don't overfit towards the Identity", 2020, eq. 9).
///
/// **Rule of thumb** for a lambda that is not given, from U users, I items and the density rho: 0.8 rho
/// (sqrt(U) + sqrt(I))². It is proportional to the largest eigenvalue of XᵀX for as many random ratings. The factor
/// comes from validation splits of ml-latest-small and of its frequent items.
///
/// Only the largest weights of B are kept, ``ItemItemOptions/weightsPerItem`` per item on average. The effect of this
/// is measured on the lists of some users and reported by `latent models show`. A user is represented by their rated
/// items: nothing is learned per user. The score ranks items and predicts no rating.
///
/// **Repeatable:** no seed; data, options and the kind of processor determine the weights bit for bit, independent of
/// the number of threads.
package struct ItemItemTrainer: Trainer {
  package static let name = "item-item"
  package static let summary =
    "ranks: item-item weights, in closed form (EASE)"
  package static let capabilities: TrainerCapabilities = [.ranks, .coldItems]
  package static let predictsRatings = false
  package static let hyperparameters: [Hyperparameter<ItemItemOptions>] = [
    .automaticNumber(
      "regularization", \.regularization, "strength of the L2 regularisation"),
    .value(
      "dropout", \.dropout, rule: "a number from 0 to below 1", recordsDefault: false,
      read: { Double($0) }, text: { String($0) }, isGood: { $0 >= 0 && $0 < 1 },
      "share of a user's items hidden in training and predicted from the others"),
    .integer(
      "weights", \.weightsPerItem, in: 1...100_000, recordsDefault: false,
      "weights kept for each item, on average"),
  ]

  package var options: ItemItemOptions

  package init(options: ItemItemOptions = ItemItemOptions()) { self.options = options }

  package var readsValues: Bool { false }

  package var searchedOptions: [SearchedOption] {
    [
      .ratio("regularization", 0.1...10, times: Self.ruleOfThumb), .number("dropout", 0...0.8),
    ]
  }

  private static let alternative =
    "Train implicit-als, which needs no item-item matrix, or drop rare items."

  /// Demands memory for the matrix of all item pairs, and for the kept weights.
  package func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand] {
    let kept = Double(items) * Double(min(options.weightsPerItem, items))
    return [
      MemoryDemand(
        "the item-item matrix", numbers: Double(items) * Double(items),
        remedy: Self.alternative),
      MemoryDemand(option: "weights", options.weightsPerItem, numbers: 4 * kept),
      MemoryDemand("the ratings by item", numbers: 2 * Double(ratings)),
    ]
  }

  /// Throws ``TrainingError``: `badOption`; `badData` if there are no ratings, or too many items for the pair matrix to
  /// fit in memory; `diverged` if the matrix cannot be inverted; `cancelled`. Time: O(items² x min(users, items)).
  /// Memory: 4 bytes per pair of items.
  package func fit(
    _ data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> FittedModel {
    try check(data)
    let table = data.training
    let byteCount = 4 * Double(table.itemCount) * Double(table.itemCount)
    guard byteCount <= Double(context.compute.memoryLimit) else {
      throw TrainingError(
        .badData,
        "\(table.itemCount) items are too many: the item-item matrix takes "
          + "\(Int(byteCount / 1e6)) MB, and \(context.compute.memoryLimit / 1_000_000) MB are free",
        place: "items", remedy: Self.alternative)
    }
    let pairs = ItemPairs(table, in: context.compute)
    let regularization = options.regularization ?? Self.ruleOfThumb(table)
    let cancellation = context.cancellation
    guard
      pairs.invert(
        regularization: regularization, dropout: options.dropout,
        isCancelled: { cancellation?.isCancelled ?? false })
    else {
      try context.cancellation?.check(at: Self.name)
      throw TrainingError(
        .diverged, "the item-item matrix can't be inverted in single precision",
        place: "regularization \(Float(regularization))",
        remedy: "Try ten times the regularization, \(Float(10 * regularization)).")
    }
    try context.cancellation?.check(at: Self.name)
    return FittedModel(
      pairs.tables(
        weightsPerItem: options.weightsPerItem,
        ridges: pairs.ridges(regularization: regularization, dropout: options.dropout)))
  }

  /// Returns lambda by the rule of thumb.
  private static func ruleOfThumb(_ table: InteractionTable) -> Double {
    let (users, items) = (Double(table.userCount), Double(table.itemCount))
    let spread = users.squareRoot() + items.squareRoot()
    return 0.8 * Double(table.count) / (users * items) * spread * spread
  }
}
