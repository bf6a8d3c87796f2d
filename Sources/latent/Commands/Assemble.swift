import ArgumentParser
import Errors
import Jobs
import Ratings
import Trainers

/// Assembly of a model that was trained in blocks.
enum BlockTraining: TrainerUse {
  static var trainers: [any Trainer.Type] { TrainerRegistry.ofBlocks }
  static func takes(_ option: HyperparameterDescription) -> Bool { true }
  static var lack: String { "can't be trained in blocks" }
  static var makesVersions: Bool { false }
}

/// `latent assemble`: writes a version from the factors that `latent solve-block` computed for another program.
struct Assemble: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a version from a model that was trained in blocks, as by deploy/spark.",
    discussion: """
      The folder has the answers of solve-block, as described in ARCHITECTURE.md, "Blocks": model.frames, users.frames \
      and items.frames. The model is streamed from there without being held in memory, and evaluated, gated \
      and published like latent train does: on the ratings of the store, or of a query for the ratings of some \
      users if there are too many, held out by the same --split and --split-seed. --judged is the model \
      that has not learned from the held-out ratings; without it the folder's own model is evaluated.

      Give the options that the model was trained with; they and the facts about the engine are recorded.
      """)

  @Argument(help: "The folder of the model to serve.")
  var folder: String

  @Option(
    help: ArgumentHelp(
      "The folder of the same model trained without the held-out ratings, to be evaluated.",
      valueName: "folder"))
  var judged: String?

  @OptionGroup var engine: EngineOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var ratings: RatingsSourceOptions
  @OptionGroup var models: ModelOptions
  @OptionGroup var training: TrainingOptions<BlockTraining>
  @OptionGroup var publishing: PublishingOptions
  @OptionGroup var output: OutputOptions

  @Flag(
    help: ArgumentHelp(
      "Only check whether the store can be read and a version can be written, before the "
        + "training: the folders need not exist yet."))
  var check = false

  @Flag(help: "Show no progress on standard error, only warnings and the outcome.")
  var quiet = false

  func validate() throws {
    if judged != nil && training.split == "none" {
      throw ValidationError("--judged goes with a --split other than none.")
    }
    if publishing.unlessWorse && training.split == "none" {
      throw ValidationError(
        "--unless-worse needs held-out ratings: give a --split other than none.")
    }
  }

  func run() throws {
    let display = TrainingDisplay(isQuiet: quiet)
    var request = try training.request()
    guard case .named(let named, _, _) = request.models, let trainer = named as? any BlockTrainer
    else { preconditionFailure("a trainer that does not learn in blocks") }
    request.refits = judged != nil
    if !check {
      request.assembly = Assembly(
        judged: try trainer.assembled(in: judged ?? folder),
        served: judged == nil ? nil : try trainer.assembled(in: folder), by: engine.record)
    }
    let versions = models.versions
    let job = TrainingJob(
      store: try store.open(), source: ratings.source, registry: models.registry,
      name: models.name, request: request, policy: publishing.policy(by: nil),
      command: ProgramArguments.commandLine(ProgramArguments.words ?? []),
      latentVersion: latentVersion, redacting: { ProgramArguments.redaction($0) },
      report: { display.show($0, in: versions) })
    guard !check else {
      do { return try job.check() } catch let error as JobError { throw error.words }
    }
    let outcome: TrainingOutcome
    do { outcome = try job.run() } catch let error as JobError { throw error.words }
    try outcome.conclude(display, of: versions, as: output.format)
  }
}
