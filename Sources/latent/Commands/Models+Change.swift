import ArgumentParser
import Errors
import ModelRegistry

extension Models {
  /// `latent models promote`
  struct Promote: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put a version in service, after verifying it.")

    @Argument(help: ArgumentHelp("The version.", valueName: "version"))
    var version: Int
    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let versions = model.versions
      try versions.verify(version)
      // The version in service may be damaged: that is a reason to promote another.
      let before = try? versions.current()
      try versions.promote(version)
      if let run = try? versions.manifest(of: version).run, run.outcome == .refused {
        StandardError.write(
          "warning: version \(version) was refused when it was written: \(run.note). To go back: "
            + versions.command("models rollback") + "\n")
      }
      try Models.writeChange(of: model.name, from: before, to: version, as: output.format)
    }
  }

  /// `latent models rollback`
  struct Rollback: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put the previous version back in service, after verifying it.",
      discussion: """
        A damaged version is skipped, with a warning, in favour of the one before it. Running the command again \
        goes back further. It does not wait for a training in progress.
        """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let versions = model.versions
      let done = try versions.rollback()
      for skipped in done.skipped {
        StandardError.write(
          "warning: skipped version \(skipped.version): \(skipped.flaw.problem)\n")
      }
      try Models.writeChange(
        of: model.name, from: done.from, to: done.to, skipped: done.skipped.map(\.version),
        as: output.format)
    }
  }

  fileprivate static func writeChange(
    of name: ModelName, from before: Int?, to after: Int, skipped: [Int] = [],
    as format: OutputFormat
  ) throws {
    var table = ResultTable([
      "name", ResultTable.Column("version", heading: "now in service"),
      "before", ResultTable.Column("passed_over", heading: "skipped"),
    ])
    table.append([
      .text(name.text), .integer(after), .optional(before),
      skipped.isEmpty ? .missing : .list(skipped.map(String.init)),
    ])
    try table.write(as: format)
  }
}
