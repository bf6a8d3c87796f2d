import ArgumentParser
import Foundation
import ModelRegistry
import Recommenders

extension Export {
  /// `latent export model`: exports the parameters of the version in service.
  struct Model: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the vectors, biases and ids of the version in service to a folder.",
      discussion: """
        FOLDER must not exist or be empty. It gets the items and users with id, bias and vector, the items also \
        with title and number of ratings, and a description of the model. csv: items.csv, users.csv, model.csv. npy, for \
        NumPy: item_vectors.npy, item_biases.npy, item_ids.npy (item_ids.json if ids are texts), the same for users, and \
        model.json. sql, for psql: items.sql, users.sql and model.sql re-create the tables latent_item, latent_user and \
        latent_model, with vectors in pgvector's text form. \
        A predicted rating is global_mean + the user's bias + the item's bias + the dot product of their vectors, mapped \
        into output_range by a sigmoid if there is one.

        If a version has two models, the one whose items have vectors is exported, unless --kind names the other. \
        item-item and graph-filter have weights between items instead: these are exported as triples of item, other and \
        weight, or for npy as the three arrays of scipy.sparse.csr_matrix. Users' vectors are personal data, \
        and `latent forget` does not remove them from an export.
        """)

    @Option(help: ArgumentHelp("The folder to write to.", valueName: "folder"))
    var out: String
    @Option(help: ArgumentHelp("The format: csv, npy or sql.", valueName: "format"))
    var format = ModelExportFormat.csv
    @Option(
      help: ArgumentHelp(
        "The model of the version to export, by kind, such as bayes.", valueName: "kind"))
    var kind: String?
    @Flag(help: "Leave out the users.")
    var withoutUsers = false
    @OptionGroup var model: ModelOptions

    func run() throws {
      let version = try model.versionInService()
      let models = try model.modelsInService()
      let exported = try chosen(among: models)
      try exported.verifyContents()
      let folder = try ExportFolder(out, outside: model.folder)
      let facts: [(name: String, value: ResultTable.Cell)] =
        [
          ("name", .text(model.name.text)), ("version", .integer(version)),
          ("kind", .text(exported.kind)),
        ] + exported.facts.map { ($0.name, ResultTable.Cell($0.value)) }
      try format.write(
        ModelExport(exported, facts: facts, withUsers: !withoutUsers), folder)
      let files = try folder.putInPlace()
      let others = models.map(\.kind).filter { $0 != exported.kind }
      StandardError.write(
        "wrote \(files.joined(separator: ", ")) of \(exported.kind) into \(out)"
          + (others.first.map { "; --kind \($0) exports the other model of the version" } ?? "")
          + "\n")
    }

    private func chosen(among models: [any ScoredModel]) throws -> any ScoredModel {
      guard let kind else { return models.first(where: \.itemsHaveVectors) ?? models[0] }
      guard let model = models.first(where: { $0.kind == kind }) else {
        throw CommandFailure(
          "the version in service has no model of kind \(kind)",
          remedy: "It has \(models.map(\.kind).joined(separator: " and ")).")
      }
      return model
    }
  }
}
