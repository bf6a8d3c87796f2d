import ArgumentParser
import Errors
import ModelRegistry
import Ratings

extension Models {
  /// `latent models show`
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Show everything that is known about a version: the model and the run that wrote it.",
      discussion: """
        "Ratings read" counts all ratings that the run read, including the held-out ones. "Ratings known \
        to the model" counts the ratings of the users and items in the model, held out or not: the model does not \
        recommend those items to their users again.
        """)

    @Argument(
      help: ArgumentHelp("The version (default: the one in service).", valueName: "version"))
    var version: Int?
    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let versions = model.versions
      let version = try version ?? model.versionInService()
      let manifest = try versions.manifest(of: version)
      let opened = try versions.open(version)
      let service = versions.serviceStatus()
      let status = service.status(of: version)?.rawValue
      let since = version == service.current ? try versions.inServiceSince(version) : nil
      for problem in service.problems { StandardError.write("warning: \(problem)\n") }
      let facts =
        Self.facts(of: manifest, status: status)
        + [Self.fact("in_service_since", .optional(since))]
        + Self.facts(of: opened, for: output.format)
        + Self.facts(of: manifest.run, wasInService: try versions.wasInService(version))
      try Self.table(of: facts, for: output.format).write(as: output.format)
    }

    /// One fact about a version.
    private typealias Fact = (column: ResultTable.Column, cell: ResultTable.Cell)

    /// Returns a fact; its label for people is `label`, or the key with underscores replaced by spaces.
    private static func fact(
      _ key: String, label: String? = nil, _ cell: ResultTable.Cell
    ) -> Fact {
      (ResultTable.Column(key, heading: label ?? key.replacing("_", with: " ")), cell)
    }

    /// Returns a line per fact for people, or a single row of all facts for programs.
    private static func table(of facts: [Fact], for format: OutputFormat) -> ResultTable {
      guard format == .table else {
        var table = ResultTable(facts.map(\.column))
        table.append(facts.map(\.cell))
        return table
      }
      var table = ResultTable([
        ResultTable.Column("fact", fit: .wrapped), ResultTable.Column("value", fit: .wrapped),
      ])
      for fact in facts { table.append([.text(fact.column.heading), fact.cell]) }
      return table
    }

    private static func facts(of manifest: Manifest, status: String?) -> [Fact] {
      [
        fact("name", .text(manifest.name)), fact("version", .integer(manifest.version)),
        fact("status", .optional(status)), fact("kind", .text(manifest.kind)),
        fact("created", .text(manifest.createdAt)), fact("latent", .text(manifest.latentVersion)),
        fact("bytes", .integer(manifest.byteCount)),
      ]
        + manifest.files.map { file in
          file.role == .main
            ? fact("sha256", .text(file.sha256))
            : fact("sha256.\(file.role)", label: "sha256 of \(file.role)", .text(file.sha256))
        } + [
          fact(
            "replaces", label: "replaces, without a person who was forgotten",
            .optional(manifest.scrubbing?.replaces))
        ]
    }

    private static func facts(of model: any PublishedModel, for format: OutputFormat) -> [Fact] {
      [fact("file", .text(model.path))]
        + model.facts.map { told in
          if format == .table, let wording = told.wording {
            return fact(told.name, label: told.label, .text(wording))
          }
          return fact(told.name, label: told.label, ResultTable.Cell(told.value))
        }
    }

    private static func facts(of run: TrainingRun, wasInService: Bool) -> [Fact] {
      // The manifest is written before the version can go into service.
      let isPublished = run.outcome == .written && run.publishing != nil && wasInService
      let outcome = isPublished ? TrainingRun.Outcome.published : run.outcome
      return [
        fact("run_started", .text(run.startedAt)), fact("run_outcome", .text(outcome.rawValue)),
        fact("run_note", .optional(run.note.isEmpty ? nil : run.note)),
        fact("run_overruled", .optional(run.overruled?.joined(separator: "; and "))),
      ]
        + run.seconds.sorted { $0.key < $1.key }.map {
          fact("seconds_\($0.key)", .number($0.value, decimals: 2))
        } + [
          fact("seconds_in_all", .number(run.totalSeconds, decimals: 2)),
          fact("threads", .integer(run.threadCount)),
        ]
        + run.counts.sorted { $0.key < $1.key }.map {
          fact($0.key, label: countLabels[$0.key], .integer($0.value))
        } + [fact("data_fingerprint", .text(run.dataFingerprint))]
        + run.parameters.sorted { $0.key < $1.key }.map {
          fact("parameters.\($0.key)", label: "--\($0.key)", .text($0.value))
        }
        + (run.publishing ?? [:]).sorted { $0.key < $1.key }.map {
          fact("publishing.\($0.key)", label: "--\($0.key)", .text($0.value))
        }
        + run.bestTrials.enumerated().map { number, trial in
          fact(
            "trials.\(number + 1)", label: "tried \(trial.kind)", .text(trial.words))
        }
        + run.metrics.sorted { $0.key < $1.key }.map {
          fact("metrics.\($0.key)", label: $0.key, .number($0.value.value, decimals: 4))
        }
    }

    /// Labels for counts whose names are not clear enough for people.
    private static let countLabels = [
      "ratings_read": "ratings read by the run", "ratings_held_out": "ratings held out of those",
    ]
  }
}

extension TrainingRun {
  /// The five best completed trials of each kind of model, the best first. The manifest has all trials.
  fileprivate var bestTrials: [OptionTrial] {
    let whole = (trials ?? []).filter { $0.share == 1 && $0.value != nil }
    return Dictionary(grouping: whole) { $0.kind }.sorted { $0.key < $1.key }.flatMap { _, trials in
      trials.sorted { left, right in
        let isHigher = left.value ?? 0 > right.value ?? 0
        return metrics[left.metric]?.better == .higher ? isHigher : !isHigher && left != right
      }.prefix(5)
    }
  }
}
