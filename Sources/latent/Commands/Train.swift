import ArgumentParser
import Errors
import Evaluation
import Foundation
import Jobs
import Learning
import ModelRegistry
import Ratings
import Trainers

/// Learns a model from the store's ratings, judges it beside the baselines, and writes a version.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Learn a model from the ratings, judge it on held-out ones, write a version.",
    discussion: """
      Without --model the ratings decide: lists are made by item-item or, of more than \(ModelsByData.mostItems) items, \
      by implicit-als, and bayes predicts ratings beside it where there are any to predict.

      The model is judged on held-out ratings and then learned once more from all of them, unless \
      --no-refit says so: that one is served, and the one that was judged stays beside it in the new \
      version, to be compared with. With --publish the version goes in service; the one that was in \
      service stays and can be rolled back to.

      A model that is worse than the best baseline is written and not put in service, with exit code 3, \
      unless --force says so; so is one, with --unless-worse, that is compared by fewer than \
      \(PublishingPolicy.leastUsers) users. With --unless-worse it must not be worse than the one in service, nor than \
      the best of the last \(PublishingPolicy.recentDays) days, on the same held-out ratings, and must predict ratings where that does. \
      Worse is what is so beyond chance: the \
      whole 95 % interval of the difference, by drawing users anew, lies beyond --margin. The figure is \
      --metric, else ndcg@10 for a model that ranks and where all values are the same, as of plays, and \
      rmse for one that predicts. A baseline that is asked for by --model is not held against the other. \
      A model that comes out the same as the one in service, since nothing changed, is not written \
      again: the exit code is 0. Whatever fails or is interrupted, the model in service stays.

      --tune 10m searches the options that matter most first, for ten minutes: random ones by successive \
      halving, judged on a part of the training ratings. What was tried is told and recorded; a training \
      with the options that were chosen gives the same model. Options that are given are not searched.

      The same data, options and kind of processor give the same model, bit for bit, whatever \
      --threads. Progress goes to standard error, the table of results to standard output.

      What is learned in epochs (\(TrainerRegistry.names(with: .resumes))) keeps a checkpoint beside the \
      versions, after each epoch (at most once a second) and when it is interrupted by SIGINT or \
      SIGTERM; --resume goes on from it.
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
    help: "Learn the model once more from all ratings after it was judged, to be served.")
  var refit = true

  @Option(
    help: ArgumentHelp(
      "Search the options that matter most first, for so long, such as 10m.", valueName: "period"),
    transform: { try Period(reading: $0) })
  var tune: Period?

  @Option(
    name: .customLong("from"),
    help: ArgumentHelp(
      "Start from what this version learned: fewer --sweeps come to the same (als, implicit-als).",
      valueName: "version"))
  var start: Int?

  @Option(
    help: ArgumentHelp(
      "With --publish: the figure that the model is compared by (default: ndcg@10 for one that ranks, "
        + "rmse for one that predicts).", valueName: "metric"))
  var metric: Metric?

  @Flag(help: "No progress on standard error, only warnings and how it ended.")
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
    // A search goes on from what it tried.
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
        "\(error.place): \(error.problem)", remedy: "To go on from it: \(again)")
    } catch let error as TrainingError where error.code == .badState {
      throw CommandFailure(
        "\(error.place): \(error.problem)",
        remedy: "\(error.remedy) Leave out --resume to start anew.")
    }
    try outcome.conclude(display, of: models.versions, as: output.format)
  }

  /// Whether it can go on from a checkpoint.
  var canResume: Bool { training.arguments.capabilities.contains(.resumes) || tune != nil }

  /// Does it all but tell how it ended. Throws a ``TrainingError`` `cancelled` when a signal asked it to stop, and `badState` when
  /// the checkpoint is another training's.
  func train(_ display: TrainingDisplay) throws -> TrainingOutcome {
    let registry = models.registry
    let versions = models.versions
    let arguments = ProgramArguments.words ?? []
    var request = try training.request()
    // Signals stop what iterates between two steps, and end all else at once.
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
  /// Reads the name of a metric that a gate can go by.
  init?(argument: String) {
    guard let metric = Self.ofUsers.first(where: { $0.name == argument }) else { return nil }
    self = metric
  }

  static var allValueStrings: [String] { ofUsers.map(\.name) }
}
