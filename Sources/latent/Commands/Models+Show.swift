import ArgumentParser
import Errors
import Foundation
import ModelRegistry
import Ratings
import Recommenders

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
      let opened = try versions.openModel(version)
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

    private static func facts(of model: any ScoredModel, for format: OutputFormat) -> [Fact] {
      [
        Fact("file", .text(model.path)), Fact("users", .integer(model.userCount)),
        Fact("user_id_type", .text(model.users.type.rawValue)),
        Fact("items", .integer(model.itemCount)),
        Fact("item_id_type", .text(model.items.type.rawValue)),
      ] + learnedFacts(of: model) + [
        Fact(
          "known_ratings", label: "ratings known to the model",
          .integer(model.catalogue.ratedItemCount)),
        Fact("output_range", .optional(model.outputRange.map { text(of: $0, for: format) })),
        Fact("ranks_by", .text(model.ranking.rawValue)),
      ]
    }

    /// For people without the last digits, which only say that it is kept in 32 bits.
    private static func text(of range: OutputRange, for format: OutputFormat) -> String {
      format == .table
        ? String(format: "%.6g..%.6g", range.lower, range.upper) : range.description
    }

    /// What depends on the form of the model.
    private static func learnedFacts(of model: any ScoredModel) -> [Fact] {
      switch model {
      case let model as FactorModel:
        [
          Fact("factors", .integer(model.factorCount)),
          Fact("global_mean", .number(Double(model.globalMean), decimals: 4)),
        ]
      case let model as EmbeddingMLP:
        [
          Fact("user_embedding", .integer(model.userWidth)),
          Fact("item_embedding", .integer(model.itemWidth)),
          Fact("hidden_layers", .text(model.hiddenSizes.map(String.init).joined(separator: ","))),
        ]
      default: []
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
