import ArgumentParser
import ModelFiles

extension Models {
  /// `latent models promote`
  struct Promote: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Puts a version in service, after verifying it.")

    @Argument(help: ArgumentHelp("The version.", valueName: "version"))
    var version: Int
    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let versions = try model.versions()
      try versions.verifyWithContents(version)
      // What is in service may be broken: that is a reason to promote.
      let before = try? versions.current()
      try versions.promote(version)
      try Models.writeChange(of: model.name, from: before, to: version, as: output.format)
    }
  }

  /// `latent models rollback`
  struct Rollback: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Puts the version in service that was so before, after verifying it.",
      discussion: """
        Done again, it goes back another one. A training that is under way is not waited for.
        """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let versions = try model.versions()
      if let target = try versions.rollbackTarget() { try versions.verifyWithContents(target) }
      let (from, to) = try versions.rollback()
      try Models.writeChange(of: model.name, from: from, to: to, as: output.format)
    }
  }

  /// `latent models prune`
  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Removes old versions, and says which.",
      discussion: """
        Keeps the newest, the version in service, and the one to roll back to.
        """)

    @Option(help: ArgumentHelp("How many of the newest versions to keep.", valueName: "count"))
    var keep: Int
    @Flag(help: "Say what would be removed, and remove nothing.")
    var dryRun = false
    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      if keep < 1 { throw ValidationError("--keep must be at least 1.") }
    }

    func run() throws {
      let versions = try model.versions()
      let doomed = try versions.prunable(keeping: keep)
      // Asked before they go.
      let manifests = doomed.map { version in (version, try? versions.manifest(of: version)) }
      let removed = dryRun ? [] : try versions.prune(keeping: keep)
      var table = ResultTable([
        ResultTable.Column("version"), ResultTable.Column("removed"), ResultTable.Column("created"),
        ResultTable.Column("bytes"),
      ])
      for (version, manifest) in manifests {
        table.append([
          .integer(version), .flag(removed.contains(version)), .optional(manifest?.createdAt),
          manifest.map { .integer($0.byteCount) } ?? .missing,
        ])
      }
      try table.write(as: output.format)
      if manifests.isEmpty { StandardError.write("There is nothing to remove.\n") }
    }
  }

  fileprivate static func writeChange(
    of name: String, from before: Int?, to after: Int, as format: OutputFormat
  ) throws {
    var table = ResultTable([
      ResultTable.Column("name"), ResultTable.Column("version", heading: "now in service"),
      ResultTable.Column("before"),
    ])
    table.append([.text(name), .integer(after), before.map { .integer($0) } ?? .missing])
    try table.write(as: format)
  }
}
