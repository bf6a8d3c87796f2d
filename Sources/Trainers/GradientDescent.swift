import Errors
package import Learning
package import Recommenders
package import TensorCore

/// Options of trainers by gradient descent: mini-batches with AdamW and a learning rate schedule. The defaults are
/// those of fastai's book.
package struct GradientDescentOptions: TrainerOptions {
  package var epochCount = 5
  /// The number of ratings per step; see ``BatchSizes`` for the remainder.
  package var batchSize = 64
  /// The peak learning rate of the schedule.
  package var peakRate = 5e-3
  /// The shape of the learning rate schedule.
  package var schedule = ScheduleKind.oneCycle
  package var weightDecay = 0.1
  package var stopping = StoppingOptions()

  package init() {}

  /// Returns the command-line options, for trainers that embed them. `smallestBatch` is 2 if batch norms need several
  /// ratings.
  static func hyperparameters(smallestBatch: Int = 1) -> [Hyperparameter<Self>] {
    [
      .integer("epochs", \.epochCount, in: 1...100_000, "passes over the training ratings")
        .besideRateSearch(),
      .number("learning-rate", \.peakRate, .aboveZero, "the peak learning rate")
        .besideRateSearch(),
      Hyperparameter.value(
        "schedule", \.schedule, valueName: "name",
        rule: "one of \(ScheduleKind.all.map(\.name).joined(separator: ", "))",
        choices: ScheduleKind.all.map(\.name), recordsDefault: false,
        read: { ScheduleKind(named: $0) }, text: { $0.name },
        "the learning rate's schedule: "
          + ScheduleKind.all.map { "\($0.name) (\($0.help))" }.joined(separator: "; ")
      ).besideRateSearch(),
      .number("weight-decay", \.weightDecay, .atLeastZero, "the weight decay of AdamW"),
      .integer("batch", \.batchSize, in: smallestBatch...1_000_000, "ratings in a batch"),
    ] + StoppingOptions.hyperparameters.map { $0.within(\.stopping).besideRateSearch() }
  }

  /// The options that a hyperparameter search tunes.
  static var searchedOptions: [SearchedOption] {
    [
      .ratio("learning-rate", 5e-4...5e-2), .ratio("weight-decay", 0.01...1),
      .integer("epochs", 3...20),
    ]
  }

  /// Throws ``TrainingError`` `badOption` if rate x weight decay is at least 1: each step multiplies every number by
  /// 1 - rate x decay, and a negative factor would make it oscillate.
  func check() throws(TrainingError) {
    guard peakRate * weightDecay >= 1 else { return }
    throw TrainingError(
      .badOption,
      "\(peakRate) times the weight decay, \(weightDecay), must be below 1: each step would erase "
        + "the learned weights", place: "learning-rate", remedy: "A usual rate is 5e-3.")
  }

  /// Trains `model`. Throws the learner's errors.
  func train(
    _ model: some GradientTrainable, in context: TrainingContext
  ) throws(TrainingError) -> TrainingCourse {
    try stopping.run(model, epochCount: epochCount, in: context) {
      (callbacks) throws(TrainingError) in
      try learner(for: model, in: context, callbacks: callbacks)
        .fit(
          epochCount: epochCount, peakRates: [peakRate],
          schedule: schedule.schedule(epochCount: epochCount))
    }
  }

  /// Runs a learning rate search for `model`: see ``Learner/findLearningRate(from:to:stepCount:)``.
  func findLearningRate(
    _ model: some GradientTrainable, in context: TrainingContext
  ) throws(TrainingError) -> LRCurve {
    try learner(for: model, in: context, callbacks: []).findLearningRate()
  }

  /// The options of the optimiser.
  var adamOptions: AdamW.Options { AdamW.Options(weightDecay: weightDecay) }

  private func learner<Model: GradientTrainable>(
    for model: Model, in context: TrainingContext, callbacks: [any TrainingCallback]
  ) -> Learner<Model> {
    Learner(
      model, batchSize: batchSize, order: context.order ?? .shuffled(seed: context.seed),
      callbacks: callbacks, checkpoints: context.checkpoints)
  }
}

/// Options of a trainer by gradient descent.
package protocol DescentTrainerOptions: TrainerOptions {
  var descent: GradientDescentOptions { get set }
  /// The range of predictions.
  var range: PredictionRange { get set }
}

/// Tables learned by gradient descent.
package protocol DescentTables: ModelTables {
  /// A noun phrase for one of their numbers, for messages.
  static var noun: String { get }
  /// All numbers of the tables.
  var columns: [[Float]] { get }
  /// Returns the finished model's tables, with the same scores for known users and items. `trainingLoss` is that of the
  /// epoch that was kept, if there was one.
  func finished(trainingLoss: Double?) -> Self
}

extension DescentTables {
  package func finished(trainingLoss: Double?) -> Self { self }

  /// Whether every number is finite. A sum of differences of numbers from themselves is 0, or NaN if any is not finite.
  var isFinite: Bool { columns.allSatisfy { $0.reduce(0) { $0 + ($1 - $1) } == 0 } }
}

/// A trainer of rating predictors by gradient descent on tables, starting from random or given ones.
package protocol DescentTrainer: GradientTrainer where Options: DescentTrainerOptions {
  /// The learned tables.
  associatedtype Tables: DescentTables
  /// The starting point of training.
  associatedtype Start

  /// Returns a random starting point from `seed`, for predictions in `range`.
  func start(for ratings: TrainingRatings, range: OutputRange?, seed: UInt64) -> Start
  /// Returns a model that trains on `ratings` from `start`, which it may modify, and a function that returns the
  /// learned tables.
  func model(
    from start: Start, on ratings: TrainingRatings, in context: ComputeContext
  ) -> (trained: any GradientTrainable, tables: () -> Tables)
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
    let result = try train(data, in: context)
    return FittedModel(
      result.tables.finished(trainingLoss: result.course.trainingLoss), course: result.course)
  }

  /// Trains on the training part, and validates on the held-out part after each epoch. Starts from `start`, or from
  /// random numbers.
  ///
  /// Throws ``TrainingError``: `badOption`; `badData` if there are too few ratings or one is not finite; `diverged`
  /// with epoch, step, rate and a remedy; `badState` for another training's checkpoint; and errors of callbacks.
  package func train(
    _ data: TrainingData, in context: TrainingContext, start: Start? = nil
  ) throws(TrainingError) -> (tables: Tables, course: TrainingCourse) {
    try checkOptions()
    let model = try model(for: data, in: context, from: start)
    let course = try options.descent.train(model.trained, in: context)
    let tables = model.tables()
    guard tables.isFinite else {
      let (peak, last) = (options.descent.peakRate, course.history.epochs.count)
      throw TrainingError(
        .diverged, "\(Tables.noun) is infinite or NaN",
        place: "epoch \(last) of \(options.descent.epochCount), rate up to \(Float(peak))",
        remedy: "Try a tenth of the learning rate: \(Float(peak / 10)).")
    }
    return (tables, course)
  }

  package func findLearningRate(
    on data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> LRCurve {
    try findLearningRate(on: data, in: context, start: nil)
  }

  /// Runs a learning rate search from `start`, or from random numbers.
  package func findLearningRate(
    on data: TrainingData, in context: TrainingContext, start: Start?
  ) throws(TrainingError) -> LRCurve {
    // The rate is what the search finds, so the option's value does not matter.
    var checked = self
    checked.options.descent.peakRate = .leastNormalMagnitude
    try checked.checkOptions()
    return try options.descent.findLearningRate(
      model(for: data, in: context, from: start).trained, in: context)
  }

  private func model(
    for data: TrainingData, in context: TrainingContext, from start: Start?
  ) throws(TrainingError) -> (trained: any GradientTrainable, tables: () -> Tables) {
    let ratings = try TrainingRatings(checking: data)
    let range = options.range.outputRange(for: data.summary)
    return model(
      from: start ?? self.start(for: ratings, range: range, seed: context.seed), on: ratings,
      in: context.compute)
  }
}
