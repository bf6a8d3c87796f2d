import ArgumentParser
import Errors
import Foundation
import Interactions
import Jobs
import Learning
import Ratings
import Trainers

/// How a model is to be learned and judged.
struct TrainingOptions<Use: TrainerUse>: ParsableArguments {
  @OptionGroup var arguments: TrainerArguments<Use>

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

  @Option(
    help: ArgumentHelp(
      "What values are taken to before anything is learned of them: none, or log1p, log(1 + value), "
        + "of counts that go up to thousands. Errors are of that; predictions are taken back.",
      valueName: "name"))
  var transform = ValueTransform.none

  @OptionGroup var threads: ThreadOptions

  /// What is asked for: models with their options, a seed, and a split.
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

/// Which of a store's ratings a model is learned from.
struct RatingsSourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Read ratings from your own tables: a query for user, item and, if there are such, value and "
        + "time, in this order.", valueName: "sql"))
  private var ratingsQuery: String?

  /// Where the ratings stand.
  var source: RatingsSource { ratingsQuery.map(RatingsSource.query) ?? .table }
}

extension ValueTransform: ExpressibleByArgument {}
