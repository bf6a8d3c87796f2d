import ArgumentParser
import Evaluation
import Foundation
import ModelRegistry
import Publishing
import Ratings

/// Learns a model from the store's ratings, judges it beside the baselines, and writes a version.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Learn a model from the ratings, judge it on held-out ones, write a version.",
    discussion: """
      The model is written as a new version beneath the models folder and, with --publish, put in \
      service; the version that was in service stays and can be rolled back to. A model that is worse \
      than the best baseline on the held-out ratings is written and not put in service, with exit code \
      3, unless --force says so: by --metric, else by squared error, or by ndcg@10 where all values are \
      the same, as of plays. A baseline that is asked for by --model is not held against the other. With --if-better it \
      is put in service only if it beats the one in service on the same held-out ratings by \
      --metric; if it does not, a tie among that, the exit code is 3. A model that comes out the same \
      as the one in service, since nothing changed, is not written again: the exit code is 0. Whatever \
      fails or is interrupted, the model in service stays.

      The same data, options and kind of processor give the same model, bit for bit, whatever \
      --threads. Progress goes to standard error, the table of results to standard output.

      What is learned in steps (dot-bias, neural) keeps a checkpoint beside the versions, after each \
      epoch (at most once a second) and when it is interrupted by SIGINT or SIGTERM; --resume goes \
      on from it.
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var models: ModelOptions
  @OptionGroup var training: TrainingOptions
  @OptionGroup var learning: LearningOptions
  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp(
      "Read ratings from your own tables: a query for user, item and, if there are such, value and "
        + "time, in this order.", valueName: "sql"))
  var ratingsQuery: String?

  @Flag(help: "Put the new version in service.")
  var publish = false

  @Flag(help: "With --publish: only if it beats the version in service; else exit 3.")
  var ifBetter = false

  @Flag(help: "With --publish: even if a baseline is better.")
  var force = false

  @Option(
    help: ArgumentHelp(
      "With --publish: what the model is held against the one in service by (default: rmse), and "
        + "against the baselines.", valueName: "metric"))
  var metric: Metric?

  @Flag(help: "No progress on standard error, only warnings and how it ended.")
  var quiet = false

  func validate() throws {
    if ifBetter && !publish { throw ValidationError("--if-better goes with --publish.") }
    if force && !publish { throw ValidationError("--force goes with --publish.") }
    if ifBetter && training.split == "none" {
      throw ValidationError("--if-better needs held-out ratings: give a --split other than none.")
    }
    // Each step multiplies every number by 1 - rate x decay: said before all ratings are read.
    if training.model.isLearnedInSteps, training.learningRate * training.weightDecay >= 1 {
      throw ValidationError(
        "--learning-rate times --weight-decay must be below 1: each step would take away all that "
          + "the model has learned. A usual rate is 5e-3.")
    }
    if !training.model.isLearnedInSteps, let option = learning.given.first {
      throw ValidationError("--\(option) goes with --model dot-bias or neural.")
    }
  }

  func run() throws {
    let session = try TrainingSession(
      store: store.open(), source: ratingsQuery.map(RatingsSource.query) ?? .table,
      registry: models.registry, name: ModelName(models.name), options: training,
      learning: learning,
      publication: publish
        ? PublishingPolicy(by: metric, onlyIfBetter: ifBetter, evenIfWorseThanBaselines: force)
        : nil,
      display: TrainingDisplay(isQuiet: quiet),
      arguments: ProgramArguments.words ?? [])
    let report = try session.run()
    try report.table(for: output.format).write(as: output.format)
    if let refusal = report.refusal { throw GateRefusal(description: refusal) }
  }
}

extension Metric: ExpressibleByArgument {
  /// Reads a metric's name.
  init?(argument: String) { self.init(named: argument) }

  static var allValueStrings: [String] { all.map(\.name) }
}
