import ArgumentParser
import Errors
import ModelRegistry
import Ratings

/// `latent models`: what is published, what is in service, and changing that.
struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the versions of a model and chooses which one is in service.",
    discussion: """
      When last night's model is bad: `latent models rollback`. The daemon takes it up by itself.
      """,
    subcommands: [List.self, Show.self, Verify.self, Promote.self, Rollback.self, Prune.self],
    defaultSubcommand: List.self)
}

extension Models {
  /// `latent models list`
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists a model's versions, the newest last.",
      discussion: """
        The status says which version is in service and which one `rollback` would put there, if it \
        verifies; one that can't be listed is called damaged, with a warning. Figures of different \
        splits are of different held-out ratings. A version that replaces another is that one without a \
        person who was forgotten. Ratings read are all that the run read, those held out to judge by among them; \
        `show` tells how many the model itself knows.
        """)

    @OptionGroup var model: ModelOptions
    @Flag(help: "List the versions of all names, not of one.")
    var all = false
    @OptionGroup var output: OutputOptions

    func run() throws {
      var table = ResultTable([
        ResultTable.Column("name"), ResultTable.Column("version"), ResultTable.Column("status"),
        ResultTable.Column("kind"), ResultTable.Column("created"), ResultTable.Column("split"),
        ResultTable.Column("rmse"), ResultTable.Column("ndcg@10"),
        ResultTable.Column("ratings_read", heading: "ratings read"),
        ResultTable.Column("bytes"), ResultTable.Column("replaces"),
      ])
      var problems: [ModelFileError] = []
      let named = all ? try model.registry.names() : [try ModelName(model.name)]
      for name in named {
        let versions = model.registry.versions(of: name)
        let service = versions.serviceStatus()
        problems += service.problems
        for version in try versions.all() {
          do throws(ModelFileError) {
            let manifest = try versions.manifest(of: version)
            table.append([
              .text(name.text), .integer(version), .optional(service.status(of: version)?.rawValue),
              .text(manifest.kind), .text(manifest.createdAt),
              .optional(manifest.split), manifest.metric("rmse"), manifest.metric("ndcg@10"),
              .integer(manifest.run.ratingCount),
              .integer(manifest.byteCount),
              manifest.scrubbing.map { .integer($0.replaces) } ?? .missing,
            ])
          } catch {
            problems.append(error)
            let status = [service.status(of: version)?.rawValue, "damaged"].compactMap(\.self)
            table.append(
              [.text(name.text), .integer(version), .text(status.joined(separator: ", "))]
                + Array(repeating: .missing, count: 8))
          }
        }
      }
      try table.write(as: output.format)
      if table.rows.isEmpty {
        let what = all ? "no models" : "no versions of \(model.name)"
        StandardError.write("There are \(what) in \(model.folder).\n")
      }
      for problem in problems { StandardError.write("warning: \(problem)\n") }
    }
  }
}

extension Manifest {
  /// What was held out to measure the figures by, as `train --split` has it; nil when the run has
  /// not recorded it.
  var split: String? {
    guard let split = run.parameters["split"] else { return nil }
    let seed = run.parameters["split-seed"] ?? "0"
    return seed == "0" ? split : "\(split) (seed \(seed))"
  }

  /// A figure of the run, as a cell.
  func metric(_ name: String) -> ResultTable.Cell {
    run.metrics[name].map { .number($0, decimals: 4) } ?? .missing
  }
}
