import Errors
package import ModelRegistry

/// A form of models of ratings: the layout of its tensors in a file apart from the catalogue, and how to open it.
///
/// A form is declared with its model, such as ``FactorModel/form``, and listed in ``all``. The parts common to all
/// model files are described at ``ModelFormat``.
package struct RecommenderForm: Sendable {
  /// The value of ``ModelFormat/formKey``.
  package let name: String
  /// The name of the form in messages.
  let noun: String
  /// The most frequently read tensor, which starts on a multiple of 64 bytes.
  let alignedTensor: String
  /// Returns what a tensor of the form contains for each user, or nil if the form has no such tensor.
  let userRows: @Sendable (_ tensor: String) -> UserRows?
  /// Opens a model of this form from a file.
  let open: @Sendable (SafetensorsFile) throws(ModelFileError) -> any ScoredModel

  /// All forms.
  static let all = [
    FactorModel.form, EmbeddingMLP.form, ItemItemModel.form, BlendModel.form,
  ]

  /// The per-user contents of a tensor.
  enum UserRows {
    /// One row per user, starting at row `first`.
    case from(first: Int)
    /// One element for each rated item of all users.
    case ratedItems
    /// No per-user contents: items, layers, sums over all users.
    case none
  }
}

extension [ModelForm] {
  /// The forms of models of ratings.
  package static var recommenders: [ModelForm] {
    RecommenderForm.all.map { ModelForm($0.name, open: $0.open) }
  }
}

extension RecommenderForm {
  /// Reads a model of ratings, of any form, from an open file.
  ///
  /// Throws ``ModelFileError`` if it is not a model of ratings, was written by a newer Latent, or lacks a tensor of
  /// the right type and shape.
  package static func open(_ file: SafetensorsFile) throws(ModelFileError) -> any ScoredModel {
    try ModelHeader(file).form.open(file)
  }
}

extension ModelVersions {
  /// Opens the model of ratings of `version` for `role` without reading all of it.
  ///
  /// Throws ``ModelFileErrorCode/foreign`` if it is of another kind, and otherwise as
  /// ``ModelRegistry/ModelVersions/open(_:)`` does.
  package func openModel(
    _ version: Int, _ role: ModelRole = .main
  ) throws(ModelFileError) -> any ScoredModel {
    try open(version, role).asScoredModel()
  }
}

extension ModelVersions {
  /// Opens the models of `version`: the one it is served from and, if there is one, the separate predictor. Throws as
  /// ``openModel(_:_:)`` does.
  package func openModels(
    _ version: Int
  ) throws(ModelFileError) -> (main: any ScoredModel, predictor: (any ScoredModel)?) {
    let predicts = try manifest(of: version).digest(of: .predictor) != nil
    return (try openModel(version), predicts ? try openModel(version, .predictor) : nil)
  }
}

extension RecommenderQueries {
  /// Creates queries to `version`: to the model it is served from and, for ratings, to its separate predictor if
  /// there is one. Throws as ``ModelRegistry/ModelVersions/openModel(_:_:)`` does.
  package convenience init(
    to version: Int, of versions: ModelVersions, suggestsIdentifiers: Bool = false
  ) throws(ModelFileError) {
    let (model, predictor) = try versions.openModels(version)
    self.init(
      Recommender(model: model), predictor: predictor, suggestsIdentifiers: suggestsIdentifiers)
  }
}

extension PublishedModel {
  /// Returns the model as a model of ratings.
  ///
  /// Throws ``ModelFileErrorCode/foreign`` if it is of another kind.
  package func asScoredModel() throws(ModelFileError) -> any ScoredModel {
    guard let model = self as? any ScoredModel else {
      throw ModelFileError(
        .foreign, "not a model of ratings: its kind is '\(kind)'", place: path,
        remedy: "Name a model of ratings.")
    }
    return model
  }
}
