import ArgumentParser
import Errors
import ModelRegistry

/// `latent nightly`
struct Nightly: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Run the nightly job: import, train, evaluate, publish and prune, configured in one file.",
    discussion: """
      The file is TOML. Each table configures a command, and its keys are the long names of the command's options: \
      [import] (the files are the key path), [train], [evaluate], [prune] (`latent models prune`), and [nightly] for \
      the options below. The keys store, statement-timeout, models and name stand above all tables. An option that is not \
      given has the command's default, except publish and unless-worse of [train], which are true. Without the table \
      [import], [evaluate] or [prune] nothing is imported, no page is written, or nothing is removed. `latent config \
      check` validates a file, `latent config show` prints the effective configuration.

          store = "postgres://latent@db/shop"
          models = "/var/lib/latent/models"
          [train]
          ratings-query = "select user_id, item_id, stars, rated_at from review"
          [evaluate]
          report = "/var/lib/latent/report.html"
          [prune]
          keep = 7

      Only one run at a time works on a folder of models. Its record is kept there, and `latent runs` lists it. If a run \
      was killed, the next one (or --notify-only) sends the notification. A run that was interrupted or killed within \
      the last 12 hours is resumed: a finished import is not repeated, and a training with checkpoints continues from \
      the last one.

      Exit codes: 0 published, or nothing changed; 1 failed; 3 refused by the gate; 64 invalid file.
      """)

  @Option(help: ArgumentHelp("The configuration file.", valueName: "file.toml"))
  var config: String

  @Flag(help: "Only notify of the previous run, if it was killed and nobody has been notified yet.")
  var notifyOnly = false

  @OptionGroup var options: NightlyOptions

  func run() throws {
    let words = (ProgramArguments.words ?? []).dropFirst()
    let configuration = try NightlyConfiguration(
      path: config, adding: Array(words.filter { $0 != "--" }))
    OwnerWarning.note(of: configuration.place.models.folder)
    guard !notifyOnly else { return try KilledNight.tell(by: configuration) }
    try NightlyJob(configuration).perform()
  }
}
