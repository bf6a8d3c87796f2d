import ArgumentParser
import Errors
import ModelRegistry
import Ratings

extension Models {
  /// `latent models show`
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows all that is known of a version: the model and the run that made it.",
      discussion: """
        Ratings read are all that the run read, those held out to judge by among them. Ratings known \
        to the model are those of users and items that it learned of, held out or not: it does not \
        recommend them again.
        """)

    @Argument(
      help: ArgumentHelp("The version (default: the one in service).", valueName: "version"))
    var version: Int?
    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let versions = try model.versions()
      let version = try version ?? model.versionInService()
      let manifest = try versions.manifest(of: version)
      let opened = try versions.open(version)
      let service = versions.serviceStatus()
      let status = service.status(of: version)?.rawValue
      let since = version == service.current ? try versions.inServiceSince(version) : nil
      for problem in service.problems { StandardError.write("warning: \(problem)\n") }
      let facts =
        Self.facts(of: manifest, status: status)
        + [Fact("in_service_since", .optional(since))] + Self.facts(of: opened, for: output.format)
        + Self.facts(of: manifest.run)
      try Self.table(of: facts, for: output.format).write(as: output.format)
    }

    /// One fact a line for people; one row of all facts for programs.
    private static func table(of facts: [Fact], for format: OutputFormat) -> ResultTable {
      guard format == .table else {
        var table = ResultTable(facts.map { ResultTable.Column($0.key) })
        table.append(facts.map(\.cell))
        return table
      }
      var table = ResultTable([ResultTable.Column("fact"), ResultTable.Column("value")])
      for fact in facts { table.append([.text(fact.label), fact.cell]) }
      return table
    }

    private static func facts(of manifest: Manifest, status: String?) -> [Fact] {
      [
        Fact("name", .text(manifest.name)), Fact("version", .integer(manifest.version)),
        Fact("status", .optional(status)), Fact("kind", .text(manifest.kind)),
        Fact("created", .text(manifest.createdAt)), Fact("latent", .text(manifest.latentVersion)),
        Fact("bytes", .integer(manifest.byteCount)), Fact("sha256", .text(manifest.sha256)),
        Fact(
          "replaces", label: "replaces, without a person who was forgotten",
          manifest.scrubbing.map { .integer($0.replaces) } ?? .missing),
      ]
    }

    private static func facts(of model: any PublishedModel, for format: OutputFormat) -> [Fact] {
      [Fact("file", .text(model.path))]
        + model.facts.map { fact in
          if format == .table, let wording = fact.wording {
            return Fact(fact.name, label: fact.label, .text(wording))
          }
          let cell: ResultTable.Cell =
            switch fact.value {
            case .text(let text): .text(text)
            case .integer(let integer): .integer(integer)
            case .number(let number, let decimals): .number(number, decimals: decimals)
            case .none: .missing
            }
          return Fact(fact.name, label: fact.label, cell)
        }
    }

    private static func facts(of run: TrainingRun) -> [Fact] {
      [
        Fact("run_started", .text(run.startedAt)), Fact("run_outcome", .text(run.outcome.rawValue)),
        Fact("run_note", .optional(run.note.isEmpty ? nil : run.note)),
        Fact("seconds_reading", .number(run.readSeconds, decimals: 2)),
        Fact("seconds_training", .number(run.fitSeconds, decimals: 2)),
        Fact("seconds_in_all", .number(run.totalSeconds, decimals: 2)),
        Fact("threads", .integer(run.threadCount)),
        Fact("ratings_read", label: "ratings read by the run", .integer(run.ratingCount)),
        Fact("ratings_held_out", label: "ratings held out of those", .integer(run.heldOutCount)),
        Fact("data_fingerprint", .text(run.dataFingerprint)),
      ]
        + run.parameters.sorted { $0.key < $1.key }.map {
          Fact("parameters.\($0.key)", label: "--\($0.key)", .text($0.value))
        }
        + run.metrics.sorted { $0.key < $1.key }.map {
          Fact("metrics.\($0.key)", label: $0.key, .number($0.value, decimals: 4))
        }
    }
  }
}

/// One thing that is known of a version.
private struct Fact {
  /// For programs.
  let key: String
  /// For people.
  let label: String
  let cell: ResultTable.Cell

  /// `label` is the key with blanks unless given.
  init(_ key: String, label: String? = nil, _ cell: ResultTable.Cell) {
    self.key = key
    self.label = label ?? key.replacing("_", with: " ")
    self.cell = cell
  }
}
