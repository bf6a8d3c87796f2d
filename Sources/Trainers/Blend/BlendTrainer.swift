import Errors
import Interactions
package import Learning
import Recommenders
import TensorCore

/// Options of the `blend` trainer.
package struct BlendOptions: TrainerOptions {
  /// The component models.
  package var parts = [BlendPart(ItemItemTrainer()), BlendPart(ImplicitALSTrainer())]
  /// The weight of each part, in order, normalised to sum to 1; nil to learn them.
  package var shares: [Double]?

  package init() {}
}

/// Trains a `blend`: the weighted sum of the standardised scores of two or three models, as in ``BlendTables``.
///
/// **Shares** that are not given are learned on a tenth of the training ratings, held out from the parts
/// (``BlendShares``) by a hash with a different seed than the evaluation split. The parts are then trained again on all
/// training ratings. A model refitted to all ratings reuses the shares that were evaluated.
///
/// **Scores are standardised** by their mean and standard deviation over all items and users (a sample of up to
/// ``BlendSample/limit`` users). These are constants of the model, so that they also apply to new users, and nothing
/// has to be computed per user first. On four validation splits of ml-latest-small, `item-item` and `implicit-als`
/// together gained 0.0039 NDCG@10 over `item-item` alone this way, and 0.0041 with each user's own mean and deviation
/// over all items. With `bayes` as a third part the gains were 0.0043 and 0.0059; splits differ by 0.003. Shares
/// learned on a fifth of the ratings instead of a tenth gained 0.0008 to 0.0028, because the parts they are learned for
/// see too little data.
///
/// The score ranks items and predicts no rating. Similar items are those of the first part.
///
/// **Repeatable:** to the same extent as its parts; independent of the number of threads.
package struct BlendTrainer: Trainer {
  package static let name = "blend"
  package static let summary =
    "ranks: the sum of the standardised scores of two or three other models, weights by validation"
  package static let capabilities: TrainerCapabilities = .ranks
  package static let predictsRatings = false
  package static let hyperparameters: [Hyperparameter<BlendOptions>] = [
    .value(
      "parts", \.parts, valueName: "models",
      rule:
        "two or three of \(BlendPart.kinds.map { $0.name }.joined(separator: ", ")), each once, "
        + "joined by commas",
      read: { [BlendPart](text: $0) }, text: { $0.text },
      "the models to combine, such as item-item,implicit-als; options follow their model: "
        + "implicit-als:factors=64:alpha=5"),
    .value(
      "shares", \.shares, valueName: "numbers",
      rule: "auto, or a number of 0 or above for each part, joined by commas, not all of them 0",
      read: { $0 == "auto" ? .some(nil) : BlendShares.numbers(in: $0).map { $0 as [Double]? } },
      text: { $0.map(BlendShares.text) ?? "auto" },
      "weight of each part's score; auto learns the weights from ratings held out of the training part"
    ),
  ]

  package var options: BlendOptions

  package init(options: BlendOptions = BlendOptions()) { self.options = options }

  package static func check(_ options: BlendOptions) throws(TrainingError) {
    guard let shares = options.shares else { return }
    let count = options.parts.count
    guard shares.count == count else {
      throw TrainingError(
        .badOption, "is \(BlendShares.text(shares)), and there are \(count) parts", place: "shares",
        remedy: "Give one number per part, or omit it.")
    }
  }

  package var readsValues: Bool { options.parts.contains { $0.trainer.readsValues } }
  package var needsTimes: Bool { options.parts.contains { $0.trainer.needsTimes } }

  package func warnings(for data: DataSummary) throws(TrainingError) -> [OptionWarning] {
    var warnings: [OptionWarning] = []
    for part in options.parts { warnings += try part.trainer.warnings(for: data) }
    return warnings
  }

  /// Demands the memory of the most demanding part, since parts are trained one after the other. This is a lower bound:
  /// trained models of other parts are also held, but are small compared with training.
  package func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand] {
    options.parts.map { $0.trainer.memoryDemand(users: users, items: items, ratings: ratings) }
      .max { left, right in
        left.reduce(0) { $0 + $1.byteCount } < right.reduce(0) { $0 + $1.byteCount }
      } ?? []
  }

  /// Throws ``TrainingError``: `badOption`; errors of the parts; `diverged` if scores are not finite. Time: twice that
  /// of the parts, plus O(sampled users x items x (points + factors)) for the shares, see ``BlendShares``.
  package func fit(
    _ data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> FittedModel {
    try check(data)
    let parts = options.parts
    let shares =
      if let given = options.shares { given } else {
        try learnedShares(of: parts, data, in: context)
      }
    let learned = try LearnedParts(parts, data.training, data.summary, in: context)
    let sum = shares.reduce(0, +)
    let tables = zip(learned.parts, shares).map { part, share in
      BlendTables.Part(
        kind: part.kind, tables: part.tables,
        scale: BlendScale(share: Float(share / sum), mean: part.mean, deviation: part.deviation))
    }
    return FittedModel(BlendTables(tables), settled: ["shares": BlendShares.text(shares)])
  }

  /// Returns the best shares on ratings held out of the training part; equal shares if there are too few ratings to
  /// hold any out.
  private func learnedShares(
    of parts: [BlendPart], _ data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> [Double] {
    let equal = [Double](repeating: 1, count: parts.count)
    guard
      let ratings = try? data.training.split(
        by: .random(share: BlendShares.heldOutShare, seed: context.seed &+ 0x62_6C65_6E64)),
      ratings.heldOut.count > 0
    else { return equal }
    let learned = try LearnedParts(parts, ratings.training, data.summary, in: context)
    try context.cancellation?.check(at: Self.name)
    return BlendShares.best(of: learned, on: ratings, in: context.compute) ?? equal
  }
}
