import ArgumentParser
import Errors
import ModelRegistry

/// `latent nightly`
struct Nightly: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Imports, trains, judges, publishes, prunes: all that a night does, by one file.",
    discussion: """
      The file is TOML. Its tables are commands, their keys the options of these by their long names: \
      [import] (its files are path), [train], [evaluate], [prune] (of `latent models prune`), and [nightly] for \
      the options below. store, statement-timeout, models and name stand above all tables. What is not given is as with the \
      command, but for publish and unless-worse of [train], which are true. Without a table [import], [evaluate] or \
      [prune] nothing is imported, no page is written, nothing is removed. `latent config check` says what is \
      wrong with a file, `latent config show` what is gone by.

          store = "postgres://latent@db/shop"
          models = "/var/lib/latent/models"
          [train]
          ratings-query = "select user_id, item_id, stars, rated_at from review"
          [evaluate]
          report = "/var/lib/latent/report.html"
          [prune]
          keep = 7

      One run at a time goes through a folder of models, and keeps a record there, which `latent runs` lists. If a run was killed, \
      the next one (or --notify-only) notifies of it. One that was interrupted, or killed, within the last 12 hours is gone on with: what was imported is, and a training that \
      keeps checkpoints goes on from the last.

      Exit codes: 0 published, or nothing changed; 1 failed; 3 refused by the gate; 64 a bad file.
      """)

  @Option(help: ArgumentHelp("What is to be done.", valueName: "file.toml"))
  var config: String

  @Flag(help: "Tell of the run before, if it was killed and nobody knows, and do nothing else.")
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
