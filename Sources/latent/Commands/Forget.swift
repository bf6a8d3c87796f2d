import ArgumentParser
import ExplainedErrors
import ModelFiles
import Publishing
import Ratings

/// `latent forget`
struct Forget: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Removes a person from the store and, with --everywhere, from all models, for good.",
    discussion: """
      Removes the person's ratings, and keeps of the id no more than a keyed hash, by which an import \
      that would bring the person back is refused. Then says which versions of models, of all names in \
      the models folder, and which checkpoints still hold the person.

      --everywhere takes the person out of these: each version that knows the person is replaced by \
      a new one without, which is in service if the old one was, and which a rollback goes back to; \
      the files of the old one are removed, and so are all checkpoints. A daemon drops the person \
      within 2 seconds. It waits for no training: while one is under way it does nothing and exits \
      with 1. Interrupted, it is to be run again, and goes on. What items' factors, the mean and the \
      counts owe to the person among all others stays until the next training.

      Not known to Latent, and left: files that ratings were imported from, --rejects files, backups, \
      copies of models elsewhere, and what a PostgreSQL server keeps until it is vacuumed.
      """)

  @Option(help: ArgumentHelp("Whom to forget.", valueName: "id"))
  var user: String
  @Flag(help: "Take the person out of all versions of models, and remove the checkpoints.")
  var everywhere = false
  @OptionGroup var models: RegistryOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let store = try store.open()
    let registry = try models.existingRegistry()
    // The command line names the person, who must not stand in the lock's file.
    let scrubber =
      everywhere && registry.isThere
      ? try ModelScrubber(of: registry, command: "latent forget --everywhere") : nil
    let traces = try scrubber?.traces(of: user) ?? registry.traces(of: user)
    var report = ForgettingReport(
      user: user, removedRatings: try forget(in: store, isInModels: !traces.versions.isEmpty))
    if let scrubber {
      try report.add(scrubber.scrub(user, from: traces))
    } else {
      report.add(traces)
    }
    try report.write(as: output.format)
    let option = user.hasPrefix("-") ? "--user=" : "--user "
    try report.conclude(
      remedy: registry.versions(of: .usual).command(
        "forget \(option)\(ShellWord(user)) --everywhere"), isEverywhere: everywhere)
  }

  /// Forgets the person in the store, known to it or only to models, or known to it once; answers how
  /// many ratings went, nil where there is no store of Latent's. Fails when nobody of that id is known.
  private func forget(in store: any RatingsStore, isInModels: Bool) throws -> Int? {
    let lookup: Lookup
    do throws(StoreError) { lookup = try Lookup(store) } catch {
      guard everywhere && isInModels && [.notMigrated, .foreign].contains(error.code) else {
        throw error
      }
      StandardError.write(
        "warning: \(store.name) holds no tables of Latent's: that the person is not to come back is "
          + "kept nowhere\n")
      return nil
    }
    let id = lookup.settings.userType.map { UserID(user, as: $0) } ?? UserID(user)
    let isKnown = try isInModels || id.map { try store.forgottenUsers().contains($0) } ?? false
    return try store.forget(isKnown ? id ?? UserID(user) : lookup.user(user))
  }
}
