import ArgumentParser
import Errors
import ModelRegistry
import Ratings

/// `latent forget`
struct Forget: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Remove a user from the store and, with --everywhere, from all models, for good.",
    discussion: """
      Removes the user's ratings, and keeps only a keyed hash of the id, in order to refuse an import \
      that would bring the user back. Then lists the versions of models, of all names in \
      the models folder, and the checkpoints that still contain the user.

      --everywhere removes the user from these: each version that contains the user is replaced by \
      a new one without them, which takes its place in service and for rollbacks; \
      the files of the old version are removed, and so are all checkpoints. A daemon drops the user \
      within 2 seconds. With --everywhere the command does not wait for a training: while one is \
      in progress it does nothing and exits with 1. If it is interrupted, run it again: it \
      continues. \
      The user's influence on the factors of items, the mean and the counts remains until the next \
      training.

      Images scored under the same id are reported but kept: Latent can't know whether they show this person. \
      The command does not touch images and image models, files that ratings were imported from, --rejects files, \
      backups, copies of models elsewhere, and rows that a PostgreSQL server keeps until it is vacuumed.
      """)

  @Option(help: ArgumentHelp("The user to forget.", valueName: "id"))
  var user: String
  @Flag(help: "Remove the user from all versions of models, and remove the checkpoints.")
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
    // The command line contains the user's id, which must not be written to the lock file.
    let scrubber =
      everywhere && isThere
      ? try ModelScrubber(of: registry, command: "latent forget --everywhere") : nil
    let traces = try registry.traces(of: user)
    var report = ForgettingReport(user: user, command: command, isEverywhere: everywhere)
    // The ratings are removed before the models, so that no training learns from the user again. The bytes are erased
    // last, since other processes can prevent that.
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

  /// The command line to run again, without `--everywhere`.
  private var command: String {
    let line = models.registry.versions(of: .usual).command(
      "forget \(user.hasPrefix("-") ? "--user=" : "--user ")\(ShellWord(user))")
    guard store.store != nil, let location = try? store.location() else { return line }
    return line + " --store \(ShellWord(location.description))"
  }

  /// Forgets the user in the store and records the number of removed ratings. Returns the id there; nil if the store
  /// has no tables of Latent's. Throws if nothing contains the id, or may contain it.
  private func forget(
    in store: any RatingsStore, _ traces: PersonTraces, _ report: inout ForgettingReport
  ) throws -> UserID? {
    do {
      let lookup =
        everywhere && !traces.isEmpty ? try StoreLookup(ifThere: store) : try StoreLookup(store)
      guard let lookup else {
        StandardError.write(
          "warning: \(store.name) has no Latent tables: nothing will stop a later import from "
            + "bringing the person back\n")
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

  /// Returns the id of a user who is in the store, only in models, or already forgotten. If the id is unknown but
  /// something unreadable may contain the user, warns with `--everywhere`, and throws otherwise.
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
