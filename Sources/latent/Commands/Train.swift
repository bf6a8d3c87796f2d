import ArgumentParser
import Errors
import Evaluation
import Foundation
import Jobs
import Learning
import ModelRegistry
import Ratings
import Trainers

/// `latent train`: trains a model on the store's ratings, compares it with the baselines, and writes a version.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a model on the ratings, evaluate it on held-out ones, and write a version.",
    discussion: """
      Without --model the kind of model is chosen by the data: item-item for recommendations or, with more than \
      \(ModelsByData.mostItems) items, implicit-als; and bayes beside it if there are rating values to predict.

      The model is evaluated on held-out ratings and then refitted to all ratings, unless --no-refit is \
      given. The refitted model is served; the evaluated one is kept in the same version, for later \
      comparisons. With --publish the version goes into service; the version that was in service is \
      kept, so that you can roll back to it.

      With --publish, a model that is worse than the best baseline is written but not put in service (exit code 3), \
      unless --force is given. With --unless-worse the model must not be worse either than the version in service, \
      nor than the best version of the last \(PublishingPolicy.recentDays) days, on the same held-out ratings; and it must \
      predict ratings if the version in service does. It is refused, too, if fewer than \(PublishingPolicy.leastUsers) \
      users are compared. "Worse" means significantly worse: the whole 95 % \
      bootstrap interval of the difference, over users, lies beyond --margin. The metric is --metric; by default \
      ndcg@10 for a model that ranks, or if all values are the same (as for plays), and rmse for a model \
      that predicts. A baseline chosen with --model is not compared with the other baseline. \
      If nothing changed and the result is identical to the version in service, no version is written and \
      the exit code is 0. If the command fails or is interrupted, the version in service stays.

      --tune 10m first searches the most important hyperparameters for ten minutes: random search with successive \
      halving, evaluated on a part of the training ratings. Trials are reported and recorded; training \
      with the chosen options gives the same model. Options given on the command line are not searched.

      The same data, options and kind of processor give the same model, bit for bit, whatever \
      --threads is. Progress goes to standard error, the table of results to standard output.

      Models trained in epochs (\(TrainerRegistry.names(with: .resumes))) save a checkpoint beside the \
      versions, after each epoch (at most once a second) and when interrupted by SIGINT or \
      SIGTERM; --resume continues from it.
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var models: ModelOptions
  @OptionGroup var training: TrainingOptions<WholeTraining>
  @OptionGroup var monitor: MonitorOptions
  @OptionGroup var output: OutputOptions

  @OptionGroup var ratings: RatingsSourceOptions

  @OptionGroup var publishing: PublishingOptions

  @OptionGroup var coldItems: ColdItemOptions

  @Flag(
    inversion: .prefixedNo,
    help: "After the evaluation, refit the model to all ratings, and serve that one.")
  var refit = true

  @Option(
    help: ArgumentHelp(
      "First search the most important hyperparameters for this long, such as 10m.",
      valueName: "period"),
    transform: { try Period(reading: $0) })
  var tune: Period?

  @Option(
    name: .customLong("from"),
    help: ArgumentHelp(
      "Start from this version's factors: fewer --sweeps are needed (als, implicit-als).",
      valueName: "version"))
  var start: Int?

  @Option(
    help: ArgumentHelp(
      "With --publish: the metric to compare models by (default: ndcg@10 for one that ranks, "
        + "rmse for one that predicts).", valueName: "metric"))
  var metric: Metric?

  @Flag(help: "Show no progress on standard error, only warnings and the outcome.")
  var quiet = false

  func validate() throws {
    for kind in training.arguments.kinds where coldItems.source != nil {
      guard kind.capabilities.contains(.coldItems) else {
        throw ValidationError(
          "--cold-items goes with --model \(TrainerRegistry.names(with: .coldItems)).")
      }
    }
    if let start, start < 1 { throw ValidationError("--from takes the number of a version.") }
    if start != nil && tune != nil { throw ValidationError("--from does not go with --tune.") }
    if metric != nil && !publishing.publish {
      throw ValidationError("--metric goes with --publish.")
    }
    if publishing.unlessWorse && training.split == "none" {
      throw ValidationError(
        "--unless-worse needs held-out ratings: give a --split other than none.")
    }
    let capabilities = training.arguments.capabilities
    // A search resumes from its recorded trials.
    if let option = monitor.given(
      beyond: tune == nil ? capabilities : capabilities.union(.resumes))
    {
      throw ValidationError(
        "--\(option.name) goes with --model \(TrainerRegistry.names(with: option.needs)).")
    }
  }

  func run() throws {
    let display = TrainingDisplay(isQuiet: quiet)
    let outcome: TrainingOutcome
    do { outcome = try train(display) } catch let error as TrainingError
      where error.code == .cancelled
    {
      let arguments = ProgramArguments.words ?? []
      let again = ProgramArguments.commandLine(arguments + (monitor.resume ? [] : ["--resume"]))
      throw CommandFailure(
        "\(error.place): \(error.problem)", remedy: "To continue from it: \(again)")
    } catch let error as TrainingError where error.code == .badState {
      throw CommandFailure(
        "\(error.place): \(error.problem)",
        remedy: "\(error.remedy) Leave out --resume to start over.")
    }
    try outcome.conclude(display, of: models.versions, as: output.format)
  }

  /// Whether the training can continue from a checkpoint.
  var canResume: Bool { training.arguments.capabilities.contains(.resumes) || tune != nil }

  /// Runs the training without reporting its outcome. Throws a ``TrainingError`` `cancelled` if a signal stopped it,
  /// and `badState` if the checkpoint belongs to another training.
  func train(_ display: TrainingDisplay) throws -> TrainingOutcome {
    let registry = models.registry
    let versions = models.versions
    let arguments = ProgramArguments.words ?? []
    var request = try training.request()
    // Signals stop iterative trainers between two steps, and end any other at once.
    let iterates = training.arguments.capabilities.contains(.iterates) || tune != nil
    let watch = iterates ? try TrainingMonitor(display, plot: monitor.plot, log: monitor.log) : nil
    if let watch { request.callbacks = watch.callbacks }
    request.refits = refit
    if let watch { request.refitCallbacks = { _ in watch.refitCallbacks } }
    request.cancellation = watch?.cancellation
    request.resumes = monitor.resume
    request.start = start
    request.coldItems = coldItems.source
    if let tune {
      request.tuning = TuningRequest(
        seconds: tune.duration / .seconds(1), given: Set(training.arguments.given.keys))
    }
    let job = TrainingJob(
      store: try store.open(), source: ratings.source,
      registry: registry, name: models.name, request: request,
      policy: publishing.policy(by: metric),
      command: ProgramArguments.commandLine(arguments), latentVersion: latentVersion,
      redacting: { ProgramArguments.redaction($0) },
      report: { display.show($0, in: versions) })
    do { return try job.run() } catch let error as TrainingError where error.code == .badOption {
      throw error.namingTheOption
    } catch let error as JobError { throw error.words }
  }
}

extension Metric: ExpressibleByArgument {
  /// Reads the name of a metric that the publishing gate can use.
  init?(argument: String) {
    guard let metric = Self.ofUsers.first(where: { $0.name == argument }) else { return nil }
    self = metric
  }

  static var allValueStrings: [String] { ofUsers.map(\.name) }
}
