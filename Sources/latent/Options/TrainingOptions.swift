import ArgumentParser
import Errors
import Foundation
import Interactions
import Ratings
import Recommenders

/// The kinds of model that `latent train` makes.
enum ModelKind: String, ExpressibleByArgument, CaseIterable {
  case dotBias = "dot-bias"
  case neural
  case biasOnly = "bias-only"
  case popularity

  /// Whether it is learned step by step, at a rate, rather than counted.
  var isLearnedInSteps: Bool { self == .dotBias || self == .neural }

  /// What the others have to be better than, in the order they are shown.
  static let baselines = [ModelKind.popularity, .biasOnly]
}

/// The sizes of hidden layers, first to last.
struct LayerSizes: Equatable, ExpressibleByArgument, CustomStringConvertible {
  let sizes: [Int]

  init(_ sizes: [Int]) { self.sizes = sizes }

  /// Sizes joined by commas, as `100,50`; nil when there are none or one is out of bounds.
  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let sizes = parts.compactMap { Int($0) }
    guard sizes.count == parts.count, (1...EmbeddingMLP.layerLimit).contains(sizes.count),
      sizes.allSatisfy((1...EmbeddingMLP.widthLimit).contains)
    else { return nil }
    self.sizes = sizes
  }

  /// The sizes as they are given: `100,50`.
  var description: String { sizes.map(String.init).joined(separator: ",") }
}

/// Where predictions may lie.
enum RangeChoice: Equatable, CustomStringConvertible {
  /// A tenth of the scale's width wider than the scale at both ends.
  case automatic
  /// Anywhere.
  case unbounded
  case given(OutputRange)

  /// Reads what the command line gives.
  init(_ argument: String) throws {
    switch argument {
    case "auto": self = .automatic
    case "none": self = .unbounded
    default:
      guard let scale = RatingScale(argument),
        let range = OutputRange(lower: scale.minimum, upper: scale.maximum)
      else {
        throw ValidationError(
          "write LOW..HIGH with LOW below HIGH, such as 0..5.5 (or --range=-1..1), auto or none")
      }
      self = .given(range)
    }
  }

  var description: String {
    switch self {
    case .automatic: "auto"
    case .unbounded: "none"
    case .given(let range): range.description
    }
  }
}

/// How a model is to be learned and judged.
struct TrainingOptions: ParsableArguments {
  private static let usualLayers = LayerSizes([100, 50])

  @Option(help: "The kind of model: dot-bias, neural, or a baseline: bias-only, popularity.")
  var model = ModelKind.dotBias

  @Option(help: "dot-bias: numbers learned for each user and item.")
  var factors = 50

  @Option(
    help: ArgumentHelp(
      "neural: the sizes of its hidden layers, first to last: up to \(EmbeddingMLP.layerLimit), each "
        + "from 1 to \(EmbeddingMLP.widthLimit).", valueName: "sizes"))
  var layers = usualLayers

  @Option(help: "dot-bias, neural: passes over the training ratings.")
  var epochs = 5

  @Option(help: "dot-bias, neural: the peak of the one-cycle learning rate.")
  var learningRate = 5e-3

  @Option(help: "dot-bias, neural: the weight decay of AdamW.")
  var weightDecay = 0.1

  @Option(help: "dot-bias, neural: ratings in a batch.")
  var batch = 64

  @Option(
    help: ArgumentHelp(
      "dot-bias, neural: where predictions may lie: LOW..HIGH, auto (a tenth wider than the scale, "
        + "or than the ratings where there is no scale) or none (default: auto).",
      valueName: "range"),
    transform: { try RangeChoice($0) })
  var range = RangeChoice.automatic

  @Flag(help: "dot-bias: step every row in every batch, as fastai does; slow, for comparisons.")
  var exact = false

  @Option(
    help: ArgumentHelp(
      "dot-bias, neural: stop when the loss on held-out ratings has not fallen for so many epochs.",
      valueName: "epochs"))
  var earlyStop: Int?

  @Flag(
    help:
      "dot-bias, neural: keep the epoch with the lowest loss on held-out ratings, not the last one."
  )
  var keepBest = false

  @Option(help: "Decides what learning starts from and the order of batches.")
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "What is held out to judge by: none, random:SHARE, time:SHARE (the newest), last:COUNT (of "
        + "each user) or user-share:SHARE.", valueName: "split"))
  var split = "random:0.2"

  @Option(
    help: ArgumentHelp(
      "Decides a random split. Leave it from night to night: then neither the new model nor the one "
        + "in service has seen what both are judged by.", valueName: "seed"))
  var splitSeed: UInt64 = 0

  @Option(help: "Threads to compute with; the result does not depend on it (default: all cores).")
  var threads: Int?

  /// The split that was asked for.
  func parsedSplit() throws(InteractionError) -> Split { try Split(split, seed: splitSeed) }

  /// Threads to use: what was asked for, else one a core.
  var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

  func validate() throws {
    do { _ = try parsedSplit() } catch { throw ValidationError("\(error)") }
    func require(_ holds: Bool, _ option: String, _ rule: String) throws {
      if !holds { throw ValidationError("--\(option) must be \(rule).") }
    }
    try require((1...4096).contains(factors), "factors", "from 1 to 4096")
    try require((1...100_000).contains(epochs), "epochs", "from 1 to 100000")
    try require(learningRate > 0 && learningRate.isFinite, "learning-rate", "above 0")
    try require(weightDecay >= 0 && weightDecay.isFinite, "weight-decay", "0 or above")
    let smallestBatch = model == .neural ? 2 : 1
    try require(
      (smallestBatch...1_000_000).contains(batch), "batch", "from \(smallestBatch) to 1000000")
    try require((1...1024).contains(threads ?? 1), "threads", "from 1 to 1024")
    try require((1...100_000).contains(earlyStop ?? 1), "early-stop", "from 1 to 100000")
    for (option, isGiven) in [("early-stop", earlyStop != nil), ("keep-best", keepBest)]
    where isGiven && split == "none" {
      throw ValidationError("--\(option) needs held-out ratings: give a --split other than none.")
    }
    // Parsing nothing makes options of dot-bias, whose check must not come here again.
    let usual =
      model == .dotBias
      ? learningRecord.merging(["layers": Self.usualLayers.description]) { $1 }
      : try Self.parse([]).learningRecord
    let ignored = learningRecord.filter { usual[$0.key] != $0.value && heeded[$0.key] == nil }
    guard ignored.isEmpty else {
      throw ValidationError(
        "\(ignored.keys.sorted().map { "--" + $0 }.joined(separator: " and ")) would do nothing: a "
          + "model of kind \(model.rawValue) "
          + (model.isLearnedInSteps ? "does not have it. " : "is counted, not learned in steps. ")
          + "Leave it out, or say --model \(ignored["layers"] == nil ? "dot-bias" : "neural").")
    }
  }

  /// The part of ``record`` that says which ratings were held out.
  var splitRecord: [String: String] { ["split": split, "split-seed": String(splitSeed)] }

  /// What was asked for by the command line's names, as records keep it.
  var record: [String: String] {
    var record = ["model": model.rawValue, "seed": String(seed)]
    record.merge(splitRecord) { $1 }
    record.merge(heeded) { $1 }
    return record
  }

  /// The part of ``record`` that the model's kind heeds.
  private var heeded: [String: String] {
    learningRecord.filter { name, _ in
      switch model {
      case .dotBias: name != "layers"
      case .neural: name != "factors" && name != "exact"
      case .biasOnly, .popularity: false
      }
    }
  }

  /// What some kinds of model heed, and others not.
  private var learningRecord: [String: String] {
    var record = [
      "factors": String(factors), "layers": layers.description, "epochs": String(epochs),
      "learning-rate": String(learningRate), "weight-decay": String(weightDecay),
      "batch": String(batch), "range": range.description, "exact": String(exact),
    ]
    if let earlyStop { record["early-stop"] = String(earlyStop) }
    if keepBest { record["keep-best"] = String(keepBest) }
    return record
  }
}
