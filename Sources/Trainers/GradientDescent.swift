import Errors
package import Learning
package import Recommenders

/// How trainers by gradients run: mini-batches by AdamW at the rates of a schedule, ended early or with
/// the best epoch's weights where that is asked for. The defaults are those of fastai's book.
package struct GradientDescentOptions: TrainerOptions {
  package var epochCount = 5
  /// The ratings of a step; see ``BatchSizes`` for what is left over.
  package var batchSize = 64
  /// The highest learning rate of the schedule.
  package var peakRate = 5e-3
  /// How the learning rate moves.
  package var schedule = ScheduleKind.oneCycle
  package var weightDecay = 0.1
  /// After how many epochs without a lower validation loss training ends; nil for never.
  package var patience: Int?
  /// Whether the weights of the epoch with the lowest validation loss are kept, not the last ones.
  package var keepsBest = false

  package init() {}

  /// The options by name, for trainers that hold them; `smallestBatch` is 2 where batch norms need
  /// several ratings.
  static func hyperparameters(smallestBatch: Int = 1) -> [Hyperparameter<Self>] {
    [
      .integer("epochs", \.epochCount, in: 1...100_000, "passes over the training ratings"),
      .number("learning-rate", \.peakRate, .aboveZero, "the peak of the learning rate's schedule"),
      .value(
        "schedule", \.schedule, valueName: "name",
        rule: "one of \(ScheduleKind.all.map(\.name).joined(separator: ", "))",
        recordsDefault: false,
        read: { ScheduleKind(named: $0) }, text: { $0.name },
        "how the learning rate moves: "
          + ScheduleKind.all.map { "\($0.name) (\($0.help))" }.joined(separator: "; ")),
      .number("weight-decay", \.weightDecay, .atLeastZero, "the weight decay of AdamW"),
      .integer("batch", \.batchSize, in: smallestBatch...1_000_000, "ratings in a batch"),
      .optionalInteger(
        "early-stop", \.patience, valueName: "epochs", in: 1...100_000, needsHeldOut: true,
        "stop when the loss on held-out ratings has not fallen for so many epochs"),
      .flag(
        "keep-best", \.keepsBest, needsHeldOut: true,
        "keep the epoch with the lowest loss on held-out ratings, not the last one"),
    ]
  }

  /// Throws ``TrainingError`` `badOption` when the rate does not go with the weight decay: each step
  /// multiplies every number by 1 - rate x decay, and below 0 it would swing.
  func check() throws(TrainingError) {
    guard peakRate * weightDecay >= 1 else { return }
    throw TrainingError(
      .badOption,
      "\(peakRate) times the weight decay, \(weightDecay), must be below 1: each step would take away "
        + "all that the model has learned", place: "learning-rate", remedy: "A usual rate is 5e-3.")
  }

  /// Trains `model`, of which `tables` takes what it has learned. Throws what the learner throws, and
  /// `diverged` when not all of that is finite.
  func train<Tables: DescentTables>(
    _ model: some GradientTrainable, in context: TrainingContext, _ tables: () -> Tables
  ) throws(TrainingError) -> DescentResult<Tables> {
    let best = keepsBest ? BestWeights(of: model) : nil
    var all: [any TrainingCallback] = []
    if let best { all.append(best) }
    if let patience { all.append(EarlyStopping(patience: patience)) }
    let history = try learner(for: model, in: context, callbacks: all + context.callbacks)
      .fit(
        epochCount: epochCount, peakRates: [peakRate],
        schedule: schedule.schedule(epochCount: epochCount))
    let learned = tables()
    guard learned.isFinite else {
      throw TrainingError(
        .diverged, "\(Tables.noun) is infinite or no number",
        place: "epoch \(history.epochs.count) of \(epochCount), rate up to \(Float(peakRate))",
        remedy: "Try a tenth of the learning rate: \(Float(peakRate / 10)).")
    }
    return DescentResult(
      tables: learned, history: history, epoch: best?.epoch ?? history.epochs.count)
  }

  /// Looks for a learning rate for `model`: see ``Learner/findLearningRate(from:to:stepCount:)``.
  func findLearningRate(
    _ model: some GradientTrainable, in context: TrainingContext
  ) throws(TrainingError) -> LRCurve {
    try learner(for: model, in: context, callbacks: []).findLearningRate()
  }

  /// The epoch after which nothing got better, when training ended early for that; else nil.
  func bestEpoch(beforeTheEarlyEndOf history: TrainingHistory) -> Int? {
    let last = history.epochs.count
    return last < epochCount ? patience.map { last - $0 } : nil
  }

  /// The optimiser's part of the options.
  var adamOptions: AdamW.Options { AdamW.Options(weightDecay: weightDecay) }

  private func learner<Model: GradientTrainable>(
    for model: Model, in context: TrainingContext, callbacks: [any TrainingCallback]
  ) -> Learner<Model> {
    Learner(
      model, batchSize: batchSize, order: context.order ?? .shuffled(seed: context.seed),
      callbacks: callbacks, checkpoints: context.checkpoints)
  }
}

/// What a trainer by gradient descent is told.
package protocol DescentTrainerOptions: TrainerOptions {
  var descent: GradientDescentOptions { get set }
  /// Where predictions may lie.
  var range: PredictionRange { get set }
}

/// Tables that gradient descent learns.
package protocol DescentTables: ModelTables {
  /// What one of their numbers is called.
  static var noun: String { get }
  /// All their numbers.
  var columns: [[Float]] { get }
}

extension DescentTables {
  /// Whether every number is finite: a sum of differences from themselves is 0, or NaN as soon as one is
  /// not.
  var isFinite: Bool { columns.allSatisfy { $0.reduce(0) { $0 + ($1 - $1) } == 0 } }
}

/// What a training by gradient descent gives.
package struct DescentResult<Tables: DescentTables>: Sendable {
  package let tables: Tables
  package let history: TrainingHistory
  /// The epoch that the tables are of: the last one, unless the best was to be kept.
  package let epoch: Int
}

/// A trainer of ratings by gradient descent on tables, from random ones unless it is given others.
package protocol DescentTrainer: GradientTrainer where Options: DescentTrainerOptions {
  /// What is learned.
  associatedtype Tables: DescentTables
  /// What training starts from.
  associatedtype Start

  /// Trains from `start`, or from random numbers.
  func train(
    _ data: TrainingData, in context: TrainingContext, start: Start?
  ) throws(TrainingError) -> DescentResult<Tables>
  /// Looks for a learning rate from `start`, or from random numbers.
  func findLearningRate(
    on data: TrainingData, in context: TrainingContext, start: Start?
  ) throws(TrainingError) -> LRCurve
}

extension DescentTrainer {
  package static func check(_ options: Options) throws(TrainingError) {
    try options.descent.check()
  }

  package func warnings(for data: DataSummary) throws(TrainingError) -> [OptionWarning] {
    try options.range.warnings(for: data)
  }

  package func identity(for data: DataSummary) -> [String: String] {
    options.range.identity(for: data)
  }

  package func fit(
    _ data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> FittedModel {
    let result = try train(data, in: context, start: nil)
    return FittedModel(
      result.tables, history: result.history, keptEpoch: result.epoch,
      bestEpoch: options.descent.bestEpoch(beforeTheEarlyEndOf: result.history))
  }

  package func findLearningRate(
    on data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> LRCurve {
    try findLearningRate(on: data, in: context, start: nil)
  }

  /// Checks the options as ``Trainer/checkOptions()`` does, but for the rate, which is to be found.
  func checkOptionsForSearch() throws(TrainingError) {
    var checked = self
    checked.options.descent.peakRate = .leastNormalMagnitude
    try checked.checkOptions()
  }
}
