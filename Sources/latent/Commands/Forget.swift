import ArgumentParser
import Errors
import ModelRegistry
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

      Of images that were scored under the same id it tells, and leaves them: whether they show the person it can't know. \
      Not known to Latent, and left: images and models of these, files that ratings were imported from, --rejects files, backups, \
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
    let isThere = try registry.isThere()
    if everywhere, !isThere {
      StandardError.write(
        "note: there is no folder \(registry.folder): no models were looked at\n")
    }
    // The command line names the person, who must not stand in the lock's file.
    let scrubber =
      everywhere && isThere
      ? try ModelScrubber(of: registry, command: "latent forget --everywhere") : nil
    let traces = try registry.traces(of: user)
    var report = ForgettingReport(user: user, command: command, isEverywhere: everywhere)
    // The ratings go before the models, so that no training learns of the person again; the bytes go
    // last, since other processes can keep them from going.
    let id = try forget(in: store, traces, &report)
    report.id = id
    report.addNamesakes(traces.namesakes)
    if let scrubber {
      report.add(scrubber.scrub(user, from: traces))
    } else {
      report.add(traces)
    }
    if let id {
      do throws(StoreError) { try store.erase(id) } catch {
        report.failures.append("\(error.place): \(error.problem). \(error.remedy)")
      }
    }
    try report.write(as: output.format)
    try report.conclude()
  }

  /// This command to the letter that matters, to be run again; without `--everywhere`.
  private var command: String {
    let line = models.registry.versions(of: .usual).command(
      "forget \(user.hasPrefix("-") ? "--user=" : "--user ")\(ShellWord(user))")
    guard store.store != nil, let location = try? store.location() else { return line }
    return line + " --store \(ShellWord(location.description))"
  }

  /// Forgets the person in the store and notes how many ratings went; returns the id there, nil where no
  /// tables of Latent's are. Fails when nothing knows anybody of that id, or may do.
  private func forget(
    in store: any RatingsStore, _ traces: PersonTraces, _ report: inout ForgettingReport
  ) throws -> UserID? {
    do {
      let lookup =
        everywhere && !traces.isEmpty ? try StoreLookup(ifThere: store) : try StoreLookup(store)
      guard let lookup else {
        StandardError.write(
          "warning: \(store.name) holds no tables of Latent's: that the person is not to come back is "
            + "kept nowhere\n")
        return nil
      }
      let id = try known(to: lookup, traces, report)
      report.removedRatings = try store.forget(id)
      return id
    } catch let error as StoreError {
      throw CommandFailure(
        "\(error.place): \(error.problem). Nothing is removed yet, from the store or from models",
        remedy: "\(error.withCommands.remedy) Run it again: \(report.again)")
    }
  }

  /// The id of the person: known to the store, to models alone, or to the store once. Where nobody of
  /// that id is known, but something that can't be read may hold the person, it warns if that is to be
  /// dealt with; else it fails.
  private func known(
    to lookup: StoreLookup, _ traces: PersonTraces, _ report: ForgettingReport
  ) throws -> UserID {
    let id = lookup.settings.userType.map { UserID(user, as: $0) } ?? UserID(user)
    if !traces.versions.isEmpty { return id ?? UserID(user) }
    if let id, try lookup.store.forgottenUsers().contains(id) { return id }
    do { return try lookup.user(user) } catch let failure as CommandFailure {
      guard everywhere, !traces.isEmpty else {
        var report = report
        report.add(traces)
        try report.conclude()
        throw failure
      }
      StandardError.write("warning: \(failure)\n")
      return id ?? UserID(user)
    }
  }
}
