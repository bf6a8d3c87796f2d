import ArgumentParser
import Foundation
import ModelRegistry
import Recommenders

extension Export {
  /// `latent export model`: what the version in service has learned.
  struct Model: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes the vectors, biases and ids of the version in service into a folder.",
      discussion: """
        Into FOLDER, which must not be there or be empty: items and users, each with id, bias and vector, the items \
        with title and number of ratings, too, and what the model is. As csv: items.csv, users.csv, model.csv. As npy, for NumPy: \
        item_vectors.npy, item_biases.npy, item_ids.npy (item_ids.json where ids are texts), the same of users, and model.json. As sql, for \
        psql: items.sql, users.sql and model.sql make the tables latent_item, latent_user and latent_model anew, with vectors in pgvector's text form. \
        A predicted rating is global_mean + the user's bias + the item's + the product of their vectors, mapped into \
        output_range by a sigmoid where there is one.

        Of a version of two models the one whose items have vectors is exported, unless --kind names the other. Of item-item and \
        graph-filter, which have weights between items instead: weights as triples of item, other and weight, \
        as npy in the three arrays of scipy.sparse.csr_matrix. Users' vectors are data of persons, \
        and `latent forget` does not reach what was exported.
        """)

    @Option(help: ArgumentHelp("The folder to write into.", valueName: "folder"))
    var out: String
    @Option(help: ArgumentHelp("How to write it: csv, npy or sql.", valueName: "format"))
    var format = ModelExportFormat.csv
    @Option(
      help: ArgumentHelp("Which model of the version: its kind, such as bayes.", valueName: "kind"))
    var kind: String?
    @Flag(help: "Leave the users out.")
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
