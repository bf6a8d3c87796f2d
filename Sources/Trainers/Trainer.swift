package import Interactions
package import Learning
package import Ratings
package import Recommenders
package import TensorCore

/// An algorithm that trains models of one kind.
///
/// A trainer is a file, or a folder if it is large, and a line in ``TrainerRegistry``. The command line's `--model` and
/// options, their help and validation, a run's record, `find-rate`, and the documentation's table are derived from its
/// declarations:
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
  /// The trainer's options, with defaults.
  associatedtype Options: TrainerOptions

  /// The model kind on the command line and in files: `dot-bias`.
  static var name: String { get }
  /// Names from earlier versions that are still accepted.
  static var aliases: [String] { get }
  /// A short description of what is learned, for lists of trainers.
  static var summary: String { get }
  /// The capabilities of the trainer.
  static var capabilities: TrainerCapabilities { get }
  /// Whether scores of the trained model are predicted ratings; otherwise they only rank.
  static var predictsRatings: Bool { get }
  /// The command-line options, in display order.
  static var hyperparameters: [Hyperparameter<Options>] { get }
  /// Throws ``TrainingError`` `badOption` if options are incompatible with each other, even if each is within its
  /// bounds.
  static func check(_ options: Options) throws(TrainingError)

  /// Creates a trainer with the given options, which are validated on use.
  init(options: Options)
  /// The options in use.
  var options: Options { get set }

  /// The most important options, and the search space of each for `latent train --tune`.
  var searchedOptions: [SearchedOption] { get }

  /// Returns warnings about the options for `data`, before training begins. Throws ``TrainingError`` `badOption` if
  /// nothing could be learned with them.
  func warnings(for data: DataSummary) throws(TrainingError) -> [OptionWarning]
  /// Whether training uses the values of ratings, not only their existence.
  var readsValues: Bool { get }
  /// Returns option values that depend on the data, by name. A checkpoint with other values belongs to another
  /// training.
  func identity(for data: DataSummary) -> [String: String]
  /// Whether training depends on the times of ratings, so that the table must have them.
  var needsTimes: Bool { get }
  /// Returns a lower bound on the memory needed beyond the ratings.
  func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand]

  /// Trains a model on the training part of `data`.
  ///
  /// Throws ``TrainingError``: `badOption`; `badData` if there are too few ratings or one is not finite; `diverged`;
  /// `badState` for another training's checkpoint; `cancelled`, and other errors of callbacks.
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

/// A trainer with a learning rate.
package protocol GradientTrainer: Trainer {
  /// Trains on a few batches with a rising learning rate, and discards the result. The rate and epochs of the options
  /// are ignored. Throws as ``Trainer/fit(_:in:)`` does.
  func findLearningRate(
    on data: TrainingData, in context: TrainingContext
  ) throws(TrainingError) -> LRCurve
}

extension GradientTrainer {
  package static var capabilities: TrainerCapabilities { [.iterates, .learningRate, .resumes] }
}

/// The capabilities of a trainer beyond training a model on all ratings.
package struct TrainerCapabilities: OptionSet, Sendable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }

  /// Training is iterative: it reports progress, can be stopped between passes, and is logged.
  package static let iterates = Self(rawValue: 1)
  /// Training has a learning rate: see ``GradientTrainer``.
  package static let learningRate = Self(rawValue: 2)
  /// Training can resume from a checkpoint, with the same result as without the interruption.
  package static let resumes = Self(rawValue: 4)
  /// Training can start from an earlier model: see ``TrainingContext/start``.
  package static let warmStarts = Self(rawValue: 8)
  /// The model learns a ranking of items rather than ratings.
  package static let ranks = Self(rawValue: 16)
  /// Items without ratings can be added to the model by their content: see ``ColdItems``.
  package static let coldItems = Self(rawValue: 32)

  /// The names of the capabilities in documentation and help, in order.
  package static let names: [(TrainerCapabilities, String)] = [
    (.iterates, "iterates"), (.learningRate, "learning rate"), (.resumes, "resumes"),
    (.warmStarts, "warm start"), (.ranks, "ranks"), (.coldItems, "cold items"),
  ]
}

/// A trainer's options. ``init()`` creates the defaults.
package protocol TrainerOptions: Sendable, Equatable {
  init()
}

/// The ratings to train a model on.
package struct TrainingData: Sendable {
  /// The ratings to train on.
  package let training: InteractionTable
  /// The ratings for validation after each pass; nil if nothing is held out.
  package let heldOut: HeldOutRatings?
  /// A summary of all ratings.
  package let summary: DataSummary

  package init(
    training: InteractionTable, heldOut: HeldOutRatings? = nil, summary: DataSummary? = nil
  ) {
    self.training = training
    self.heldOut = heldOut
    self.summary = summary ?? DataSummary(values: training.values)
  }
}

/// A summary of all ratings, including held-out ones.
package struct DataSummary: Sendable, Equatable {
  /// The configured rating scale; nil if there is none.
  package let scale: RatingScale?
  /// The lowest and highest value; nil if there are none.
  package let values: ClosedRange<Float>?

  package init(scale: RatingScale? = nil, values: [Float]) {
    self.scale = scale
    var range: ClosedRange<Float>?
    for value in values where value.isFinite {
      range = range.map { min($0.lowerBound, value)...max($0.upperBound, value) } ?? value...value
    }
    self.values = range
  }

  /// Whether at least two values differ.
  package var valuesVary: Bool { values.map { $0.lowerBound < $0.upperBound } ?? false }
}

/// The environment of a training. Apart from the seed and the starting model, it does not affect what is learned.
package struct TrainingContext {
  /// The seed for initialisation and for the order of ratings.
  package var seed: UInt64
  /// The maximum number of threads, and the precision of layers that support several. Results are bit-identical for any
  /// number of threads.
  package var compute: ComputeContext
  /// The order of ratings; nil to derive it from the seed.
  package var order: SampleOrder?
  /// The callbacks, in call order.
  package var callbacks: [any TrainingCallback]
  /// The store of the state to resume from, and of checkpoints.
  package var checkpoints: (any CheckpointStore)?
  /// The epoch after which training ends regardless of early stopping. Set when a training that was evaluated is
  /// repeated with nothing held out; nil otherwise.
  package var epochLimit: Int?
  /// A flag that cancels trainings without steps, and hence without callbacks; nil if nobody cancels them.
  package var cancellation: CancellationFlag?
  /// The model to start from, for trainers with ``TrainerCapabilities/warmStarts``; nil to start from scratch.
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

/// The result of a training.
package struct FittedModel: Sendable {
  /// The learned tables, which determine the form of their file.
  package let learned: any ModelTables
  /// The course of the training; nil for a model learned in a single pass.
  package let course: TrainingCourse?
  /// Options, by name, whose values were determined from the data and are then fixed: they are recorded, and reused
  /// when the model is fitted again to all ratings.
  package let settled: [String: String]

  package init(
    _ learned: any ModelTables, course: TrainingCourse? = nil, settled: [String: String] = [:]
  ) {
    self.learned = learned
    self.course = course
    self.settled = settled
  }
}

/// A warning about an option whose value may be unintended.
package struct OptionWarning: Sendable, Equatable {
  /// The name of the option.
  package let option: String
  /// The text after the name: the value and its consequences.
  package let text: String
}

/// A part of the memory that a training is certain to need.
package struct MemoryDemand: Sendable, Equatable {
  /// The cause of the demand.
  package enum Cause: Sendable, Equatable {
    /// An option with this name and value.
    case option(String, String)
    /// A structure whose size depends on the data alone.
    case data(String)
  }
  package let cause: Cause
  /// The number of bytes; a real number, since options may ask for more than an integer can represent.
  package let byteCount: Double
  /// What to do if there is not enough memory; nil if the only remedy is to ask for less.
  package let remedy: String?

  /// Creates a demand of `numbers` floats for `option` with the given value.
  package init(option: String, _ value: some CustomStringConvertible, numbers: Double) {
    cause = .option(option, value.description)
    byteCount = 4 * numbers
    remedy = nil
  }

  /// Creates a demand of `numbers` floats for `what`.
  package init(_ what: String, numbers: Double, remedy: String? = nil) {
    cause = .data(what)
    byteCount = 4 * numbers
    self.remedy = remedy
  }
}
