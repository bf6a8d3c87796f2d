import ArgumentParser
import ModelRegistry

extension Models {
  /// `latent models prune`
  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove old versions, and list them.",
      discussion: """
        Keeps the newest versions, the version in service, and one to roll back to: the most recent one that was \
        in service before and is not damaged, which is verified by reading it completely.
        """)

    @Option(help: ArgumentHelp("How many of the newest versions to keep.", valueName: "count"))
    var keep: Int
    @Flag(help: "List what would be removed, but remove nothing.")
    var dryRun = false
    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      if keep < 1 { throw ValidationError("--keep must be at least 1.") }
    }

    func run() throws {
      let versions = model.versions
      // Read before the versions are removed.
      let manifests = try versions.all().map { ($0, try? versions.manifest(of: $0)) }
      let doomed =
        dryRun ? try versions.prunable(keeping: keep) : try versions.prune(keeping: keep)
      let done = dryRun ? "would be removed" : "removed"
      var table = ResultTable(["version", "result", "created", "bytes"])
      var byteCount = 0
      for (version, manifest) in manifests where doomed.contains(version) {
        table.append([
          .integer(version), .text(done), .optional(manifest?.createdAt),
          .optional(manifest?.byteCount),
        ])
        byteCount += manifest?.byteCount ?? 0
      }
      if !doomed.isEmpty || output.format != .table { try table.write(as: output.format) }
      StandardError.write(
        doomed.isEmpty
          ? "There is nothing to remove.\n"
          : "\(doomed.count) of \(manifests.count) versions \(done), \(byteCount) bytes"
            + (dryRun ? "; nothing was removed, as this is a dry run.\n" : ".\n"))
    }
  }
}
