import ArgumentParser
import Errors
import ModelRegistry

/// `latent models`: lists versions and changes which one is in service.
struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List and verify the versions of a model, and choose which one is in service.",
    discussion: """
      If last night's model is bad: `latent models rollback`. A running daemon loads the other version by itself.
      """,
    subcommands: [List.self, Show.self, Verify.self, Promote.self, Rollback.self, Prune.self],
    defaultSubcommand: List.self)
}

extension Models {
  /// `latent models list`
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List a model's versions, the newest last.",
      discussion: """
        The status says which version is in service and which one `rollback` would restore, if it \
        verifies. A version that can't be listed is called damaged, with a warning. Metrics of different \
        splits are computed on different held-out ratings, and errors of different transforms on different values: don't \
        compare them. A version that replaces another is the same model without a user who was forgotten. "Ratings read" \
        counts all ratings that the run read, including the held-out ones; `show` gives the number that the model knows.
        """)

    @OptionGroup var model: ModelOptions
    @Flag(help: "List the versions of all models, not of one name.")
    var all = false
    @OptionGroup var output: OutputOptions

    func run() throws {
      var listed: [ListedVersion] = []
      var problems: [ModelFileError] = []
      let named = all ? try model.registry.names() : [model.name]
      for name in named {
        let versions = model.registry.versions(of: name)
        let service = versions.serviceStatus()
        problems += service.problems
        for version in try versions.all() {
          var entry = ListedVersion(
            name: name, version: version, status: service.status(of: version))
          do throws(ModelFileError) { entry.manifest = try versions.manifest(of: version) } catch {
            problems.append(error)
          }
          listed.append(entry)
        }
      }
      try ListedVersion.table(of: listed).write(as: output.format)
      if listed.isEmpty {
        let what = all ? "no models" : "no versions of \(model.name)"
        StandardError.write("There are \(what) in \(model.folder).\n")
      }
      for problem in problems { StandardError.write("warning: \(problem)\n") }
    }
  }
}

/// A line of `latent models list`.
private struct ListedVersion {
  let name: ModelName
  let version: Int
  let status: ServiceStatus.Status?
  /// nil when it can't be read.
  var manifest: Manifest?

  /// The versions as a table. Its figures are those that the runs name as their main ones.
  static func table(of listed: [ListedVersion]) -> ResultTable {
    var metrics: [String] = []
    for name in listed.flatMap({ $0.manifest?.run.mainMetrics ?? [] })
    where !metrics.contains(name) { metrics.append(name) }
    var table = ResultTable(
      ["name", "version", "status", "kind", "created", "split", "transform"]
        + metrics.map { .init($0, heading: $0.replacing("_", with: " ")) } + ["bytes", "replaces"],
      labelCount: 2)
    for entry in listed { table.append(entry.cells(metrics)) }
    return table
  }

  private func cells(_ metrics: [String]) -> [ResultTable.Cell] {
    guard let manifest else {
      let status = [status?.rawValue, "damaged"].compactMap(\.self)
      return [.text(name.text), .integer(version), .text(status.joined(separator: ", "))]
        + Array(repeating: .missing, count: metrics.count + 6)
    }
    return [
      .text(name.text), .integer(version), .optional(status?.rawValue),
      .text(manifest.run.kinds.joined(separator: " and ")),
      .text(manifest.createdAt), .optional(manifest.split),
      .optional(manifest.run.parameters["transform"]),
    ] + metrics.map(manifest.run.figure) + [
      .integer(manifest.byteCount), .optional(manifest.scrubbing?.replaces),
    ]
  }
}

extension Manifest {
  /// What was held out to measure the figures by, as `train --split` has it; nil when the run has
  /// not recorded it.
  fileprivate var split: String? {
    guard let split = run.parameters["split"] else { return nil }
    let seed = run.parameters["split-seed"] ?? "0"
    return seed == "0" ? split : "\(split) (seed \(seed))"
  }
}

extension TrainingRun {
  /// A metric or a count, as a cell.
  fileprivate func figure(_ name: String) -> ResultTable.Cell {
    metrics[name].map { .number($0.value, decimals: 4) } ?? .optional(counts[name])
  }
}
