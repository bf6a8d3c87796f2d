package import Interactions
package import Learning
package import Ratings
package import Recommenders
package import TensorCore

/// Learns models of one kind.
///
/// A trainer is a file, or a folder when it is large, and a line in ``TrainerRegistry``. From what it says of itself follow the
/// command line's `--model` and options, their help and checks, a run's record, `find-rate`, and the
/// documentation's table:
///
///     struct Slope: Trainer {
///       struct Options: TrainerOptions { var damping = 5.0 }
///       static let name = "slope"
///       static let summary = "the slope of each item"
///       static let hyperparameters: [Hyperparameter<Options>] = [
///         .number("damping", \.damping, .atLeastZero, "added to each item's number of ratings")
///       ]
///       var options = Options()
///       func fit(_ data: TrainingData, in context: TrainingContext) throws(TrainingError) -> FittedModel
///     }
package protocol Trainer: Sendable {
  /// What it is told, with its defaults.
  associatedtype Options: TrainerOptions

  /// The kind of model as people type it and files record it: `dot-bias`.
  static var name: String { get }
  /// Names of earlier versions that people may still type.
  static var aliases: [String] { get }
  /// What it learns, in a few words, for lists of trainers.
  static var summary: String { get }
  /// What it can do.
  static var capabilities: TrainerCapabilities { get }
  /// Whether the scores of what it learns are predicted ratings; else they only rank.
  static var predictsRatings: Bool { get }
  /// Its options by name, in the order in which they are shown.
  static var hyperparameters: [Hyperparameter<Options>] { get }
  /// Throws ``TrainingError`` `badOption` when options that are within their bounds do not go together.
  static func check(_ options: Options) throws(TrainingError)

  /// A trainer with the given options, which are checked when they are used.
  init(options: Options)
  /// What it was told.
  var options: Options { get set }

  /// The options that matter most, and where `latent train --tune` looks for them.
  var searchedOptions: [SearchedOption] { get }

  /// What there is to say of the options for `data` before training begins. Throws ``TrainingError``
  /// `badOption` when nothing could be learned with them.
  func warnings(for data: DataSummary) throws(TrainingError) -> [OptionWarning]
  /// Whether the values of ratings count, and not only which there are.
  var readsValues: Bool { get }
  /// What of its options depends on the data, by name: a checkpoint of other values is another
  /// training's.
  func identity(for data: DataSummary) -> [String: String]
  /// Whether what it learns depends on when ratings were made: then the table has their times.
  var needsTimes: Bool { get }
  /// What it is certain to hold in memory beyond the ratings.
  func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand]

  /// Learns a model from the training part of `data`.
  ///
  /// Throws ``TrainingError``: `badOption`; `badData` for too few ratings or one that is not finite;
  /// `diverged`; `badState` for another training's checkpoint; `cancelled` and what else a callback
  /// throws.
  func fit(_ data: TrainingData, in context: TrainingContext) throws(TrainingError) -> FittedModel
}

extension Trainer {
  package static var aliases: [String] { [] }
  package static var capabilities: TrainerCapabilities { [] }
  package static var predictsRatings: Bool { true }
  package static var hyperparameters: [Hyperparameter<Options>] { [] }
  package var searchedOptions: [SearchedOption] { [] }
  package var readsValues: Bool { true }
  package static func check(_ options: Options) throws(TrainingError) {}
  package func warnings(for data: DataSummary) throws(TrainingError) -> [OptionWarning] { [] }
  package func identity(for data: DataSummary) -> [String: String] { [:] }
  package var needsTimes: Bool { false }
  package func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand] {
    [MemoryDemand("the biases", numbers: Double(users + items))]
  }
}

/// A trainer that goes by a learning rate.
package protocol GradientTrainer: Trainer {
  /// Trains on a few batches while the rate rises, and keeps nothing. The options' own rate and epochs
  /// do not matter. Throws as ``Trainer/fit(_:in:)`` does.
  func findLearningRate(
    on data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> LRCurve
}

extension GradientTrainer {
  package static var capabilities: TrainerCapabilities { [.iterates, .learningRate, .resumes] }
}

/// What a trainer can do, beyond learning a model from all ratings.
package struct TrainerCapabilities: OptionSet, Sendable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }

  /// It learns in passes: shows progress, can be stopped between them, and logged.
  package static let iterates = Self(rawValue: 1)
  /// It goes by a learning rate: see ``GradientTrainer``.
  package static let learningRate = Self(rawValue: 2)
  /// It goes on from a checkpoint to the same model as without the interruption.
  package static let resumes = Self(rawValue: 4)
  /// It can start from an earlier model: see ``TrainingContext/start``.
  package static let warmStarts = Self(rawValue: 8)
  /// It learns an order of items rather than ratings.
  package static let ranks = Self(rawValue: 16)
  /// Items without ratings can be added to what it learns, by their content: see ``ColdItems``.
  package static let coldItems = Self(rawValue: 32)

  /// What documentation and help call them, in order.
  package static let names: [(TrainerCapabilities, String)] = [
    (.iterates, "iterates"), (.learningRate, "learning rate"), (.resumes, "resumes"),
    (.warmStarts, "warm start"), (.ranks, "ranks"), (.coldItems, "cold items"),
  ]
}

/// What a trainer is told; ``init()`` gives the defaults.
package protocol TrainerOptions: Sendable, Equatable {
  init()
}

/// The ratings that a model is to be learned from.
package struct TrainingData: Sendable {
  /// What is learned from.
  package let training: InteractionTable
  /// What each pass is validated on; nil when nothing is held out.
  package let heldOut: HeldOutRatings?
  /// What is known of all ratings.
  package let summary: DataSummary

  package init(
    training: InteractionTable, heldOut: HeldOutRatings? = nil, summary: DataSummary? = nil
  ) {
    self.training = training
    self.heldOut = heldOut
    self.summary = summary ?? DataSummary(values: training.values)
  }
}

/// What is known of the ratings as a whole, those that are held out among them.
package struct DataSummary: Sendable, Equatable {
  /// The scale that was set for them; nil when none was.
  package let scale: RatingScale?
  /// The lowest and the highest value; nil when there are none.
  package let values: ClosedRange<Float>?

  package init(scale: RatingScale? = nil, values: [Float]) {
    self.scale = scale
    var range: ClosedRange<Float>?
    for value in values where value.isFinite {
      range = range.map { min($0.lowerBound, value)...max($0.upperBound, value) } ?? value...value
    }
    self.values = range
  }

  /// Whether there are two values that differ.
  package var valuesVary: Bool { values.map { $0.lowerBound < $0.upperBound } ?? false }
}

/// What goes along with a training and does not decide what is learned, but for the seed and what a
/// trainer starts from.
package struct TrainingContext {
  /// What the start and the order of ratings follow from.
  package var seed: UInt64
  /// The threads that may work at a time, and the precision of layers that support several. The result is
  /// the same bit for bit whatever the number of threads.
  package var compute: ComputeContext
  /// The order of ratings; nil has it follow from the seed.
  package var order: SampleOrder?
  /// Called in this order.
  package var callbacks: [any TrainingCallback]
  /// Where to go on from, and where to keep the state of the training.
  package var checkpoints: (any CheckpointStore)?
  /// The pass after which training ends whatever the options say of ending early, as of a training that
  /// was judged and is done again with nothing held out; nil for any other.
  package var epochLimit: Int?
  /// Asks a training to stop that has no steps for callbacks to be called after; nil when nobody does.
  package var cancellation: CancellationFlag?
  /// The model to start from, for a trainer that ``TrainerCapabilities/warmStarts``; nil to start anew.
  package var start: (any ScoredModel)?

  package init(
    seed: UInt64 = 0, compute: ComputeContext = .current, order: SampleOrder? = nil,
    callbacks: [any TrainingCallback] = [], checkpoints: (any CheckpointStore)? = nil,
    start: (any ScoredModel)? = nil
  ) {
    self.seed = seed
    self.compute = compute
    self.order = order
    self.callbacks = callbacks
    self.checkpoints = checkpoints
    self.start = start
  }
}

/// What a trainer has learned.
package struct FittedModel: Sendable {
  /// The numbers, which say in which form of file they are kept.
  package let learned: any ModelTables
  /// How the training went; nil for a model that is learned in one pass.
  package let course: TrainingCourse?
  /// The options, by name, that the data had to settle and that hold from then on: a second fit to all ratings
  /// takes them over, and they are recorded.
  package let settled: [String: String]

  package init(
    _ learned: any ModelTables, course: TrainingCourse? = nil, settled: [String: String] = [:]
  ) {
    self.learned = learned
    self.course = course
    self.settled = settled
  }
}

/// What there is to say of an option that may not have been meant.
package struct OptionWarning: Sendable, Equatable {
  /// The option's name.
  package let option: String
  /// What is said behind the name: its value, and what comes of it.
  package let text: String
}

/// A part of the memory that a training is certain to take.
package struct MemoryDemand: Sendable, Equatable {
  /// What takes it.
  package enum Cause: Sendable, Equatable {
    /// What an option of this name asks for.
    case option(String, String)
    /// Something that follows from the data alone.
    case data(String)
  }
  package let cause: Cause
  /// Bytes; a real number, since options may ask for more than an integer holds.
  package let byteCount: Double
  /// What to do where there is no room for it; nil where nothing else can be done than to ask for less.
  package let remedy: String?

  /// So many floats for what `option` of the given value asks for.
  package init(option: String, _ value: some CustomStringConvertible, numbers: Double) {
    cause = .option(option, value.description)
    byteCount = 4 * numbers
    remedy = nil
  }

  /// So many floats for `what`.
  package init(_ what: String, numbers: Double, remedy: String? = nil) {
    cause = .data(what)
    byteCount = 4 * numbers
    self.remedy = remedy
  }
}
