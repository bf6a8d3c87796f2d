import ArgumentParser
import Errors
import Jobs
import Ratings
import Trainers

/// Assembles a model that was learned in blocks.
enum BlockTraining: TrainerUse {
  static var trainers: [any Trainer.Type] { TrainerRegistry.ofBlocks }
  static func takes(_ option: HyperparameterDescription) -> Bool { true }
  static var lack: String { "is not learned in blocks" }
  static var makesVersions: Bool { false }
}

/// `latent assemble`: makes a version of what `latent solve-block` has learned for another program.
struct Assemble: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a version of a model that was learned in blocks, as by deploy/spark.",
    discussion: """
      The folder holds what solve-block answered, as ARCHITECTURE.md, "Blocks", says: model.frames, users.frames \
      and items.frames. The model is written from there without being held in memory, and judged, gated \
      and published as latent train does it: on the ratings of the store, or of a query for those of some \
      users where they are too many, held out by the same --split and --split-seed. --judged is the model \
      that has not learned from them; without it the folder is judged itself.

      The options of the model are those that it was learned with; they and the engine's are recorded.
      """)

  @Argument(help: "The folder of the model that is to be served.")
  var folder: String

  @Option(
    help: ArgumentHelp(
      "The folder of the same model, learned without the held-out ratings: it is judged.",
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
      "Only find out whether the store can be read and a version written, before anything is "
        + "learned: the folders of models need not be there yet."))
  var check = false

  @Flag(help: "No progress on standard error, only warnings and how it ended.")
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
