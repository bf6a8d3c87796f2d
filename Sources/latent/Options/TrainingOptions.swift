import ArgumentParser
import Errors
import Foundation
import Interactions
import Jobs
import Learning
import Ratings
import Trainers

/// Options for training and evaluating a model.
struct TrainingOptions<Use: TrainerUse>: ParsableArguments {
  @OptionGroup var arguments: TrainerArguments<Use>

  @Option(help: "Decides what learning starts from and the order of batches.")
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "The ratings held out for evaluation: none, random:SHARE, time:SHARE (the newest), last:COUNT (of "
        + "each user) or user-share:SHARE.", valueName: "split"))
  var split = "random:0.2"

  @Option(
    help: ArgumentHelp(
      "The seed of a random split. Keep it the same every night: then neither the new model nor the one "
        + "in service has seen the ratings that both are evaluated on.", valueName: "seed"))
  var splitSeed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "The transform of values before training: none, or log1p, log(1 + value), "
        + "for counts that go up to thousands. Errors are in transformed units; predictions are transformed back.",
      valueName: "name"))
  var transform = ValueTransform.none

  @OptionGroup var threads: ThreadOptions

  /// Returns the training request: the models with their options, the seed, and the split.
  func request() throws(TrainingError) -> TrainingRequest {
    TrainingRequest(
      try arguments.models(), seed: seed, threadCount: threads.count, split: split,
      splitSeed: splitSeed, transform: transform)
  }

  func validate() throws {
    do { _ = try Split(split, seed: splitSeed) } catch { throw ValidationError("\(error)") }
    for option in arguments.kinds.flatMap({ $0.optionDescriptions })
    where option.needsHeldOut && arguments.given[option.name] != nil && split == "none" {
      throw ValidationError(
        "--\(option.name) needs held-out ratings: give a --split other than none.")
    }
  }
}

/// The ratings of a store that a model is trained on.
struct RatingsSourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Read ratings from your own tables: a query for user, item and, if available, value and "
        + "time, in this order.", valueName: "sql"))
  private var ratingsQuery: String?

  /// The source of the ratings.
  var source: RatingsSource { ratingsQuery.map(RatingsSource.query) ?? .table }
}

extension ValueTransform: ExpressibleByArgument {}
