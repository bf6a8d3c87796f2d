import ArgumentParser
import ExplainedErrors
import FactorModels
import Foundation
import Interactions
import Ratings

/// The kinds of model that `latent train` makes.
enum ModelKind: String, ExpressibleByArgument, CaseIterable {
  case dotBias = "dot-bias"
  case biasOnly = "bias-only"
  case popularity
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
  @Option(help: "The kind of model: dot-bias, or a baseline: bias-only, popularity.")
  var model = ModelKind.dotBias

  @Option(help: "dot-bias: numbers learned for each user and item.")
  var factors = 50

  @Option(help: "dot-bias: passes over the training ratings.")
  var epochs = 5

  @Option(help: "dot-bias: the peak of the one-cycle learning rate.")
  var learningRate = 5e-3

  @Option(help: "dot-bias: the weight decay of AdamW.")
  var weightDecay = 0.1

  @Option(help: "dot-bias: ratings in a batch.")
  var batch = 64

  @Option(
    help: ArgumentHelp(
      "dot-bias: where predictions may lie: LOW..HIGH, auto (a tenth wider than the scale, or "
        + "than the ratings where there is no scale) or none (default: auto).", valueName: "range"),
    transform: { try RangeChoice($0) })
  var range = RangeChoice.automatic

  @Flag(help: "dot-bias: step every row in every batch, as fastai does; slow, for comparisons.")
  var exact = false

  @Option(
    help: ArgumentHelp(
      "dot-bias: stop when the loss on held-out ratings has not fallen for so many epochs.",
      valueName: "epochs"))
  var earlyStop: Int?

  @Flag(
    help: "dot-bias: keep the epoch with the lowest loss on held-out ratings, not the last one.")
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
    try require((1...1_000_000).contains(batch), "batch", "from 1 to 1000000")
    try require((1...1024).contains(threads ?? 1), "threads", "from 1 to 1024")
    try require((1...100_000).contains(earlyStop ?? 1), "early-stop", "from 1 to 100000")
    for (option, isGiven) in [("early-stop", earlyStop != nil), ("keep-best", keepBest)]
    where isGiven && split == "none" {
      throw ValidationError("--\(option) needs held-out ratings: give a --split other than none.")
    }
    guard model != .dotBias else { return }
    let usual = try Self.parse([]).dotBiasRecord
    let ignored = dotBiasRecord.filter { usual[$0.key] != $0.value }.keys.sorted()
    guard ignored.isEmpty else {
      throw ValidationError(
        "\(ignored.map { "--" + $0 }.joined(separator: " and ")) would do nothing: a model of kind "
          + "\(model.rawValue) is counted, not learned in steps. Leave it out, or say --model dot-bias."
      )
    }
  }

  /// The part of ``record`` that says which ratings were held out.
  var splitRecord: [String: String] { ["split": split, "split-seed": String(splitSeed)] }

  /// What was asked for by the command line's names, as records keep it.
  var record: [String: String] {
    var record = ["model": model.rawValue, "seed": String(seed)]
    record.merge(splitRecord) { $1 }
    if model == .dotBias { record.merge(dotBiasRecord) { $1 } }
    return record
  }

  /// The part of ``record`` that `dot-bias` alone heeds.
  private var dotBiasRecord: [String: String] {
    var record = [
      "factors": String(factors), "epochs": String(epochs), "learning-rate": String(learningRate),
      "weight-decay": String(weightDecay), "batch": String(batch), "range": range.description,
      "exact": String(exact),
    ]
    if let earlyStop { record["early-stop"] = String(earlyStop) }
    if keepBest { record["keep-best"] = String(keepBest) }
    return record
  }
}
