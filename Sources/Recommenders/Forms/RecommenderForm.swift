import Errors
package import ModelRegistry

/// What a model of ratings is made of besides its catalogue: how it stands in a file, and how it is
/// opened.
///
/// A form is one declaration beside its model, such as ``FactorModel/form``, and a line in ``all``.
/// What every model file has is described at ``ModelFormat``.
package struct RecommenderForm: Sendable {
  /// The value under ``ModelFormat/formKey``.
  package let name: String
  /// What messages call it.
  let noun: String
  /// The tensor that is read the most, which is to start on a multiple of 64 bytes.
  let alignedTensor: String
  /// What of a user stands in one of the form's own tensors; nil when it has none of that name.
  let userRows: @Sendable (_ tensor: String) -> UserRows?
  /// Takes a model of this form out of a file.
  let open: @Sendable (SafetensorsFile) throws(ModelFileError) -> any ScoredModel

  /// The forms that there are.
  static let all = [
    FactorModel.form, EmbeddingMLP.form, ItemItemModel.form, BlendModel.form,
  ]

  /// What of a user stands in a tensor.
  enum UserRows {
    /// A row a user, from row `first` on.
    case from(first: Int)
    /// An element for each of the rated items of all users.
    case ratedItems
    /// Nothing: items, layers, sums over all users.
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
  /// Takes the model of ratings, of any form, out of a file that is open.
  ///
  /// Throws ``ModelFileError`` when it is no model of ratings, a newer Latent's, or lacks a tensor of the
  /// right type and shape.
  package static func open(_ file: SafetensorsFile) throws(ModelFileError) -> any ScoredModel {
    try ModelHeader(file).form.open(file)
  }
}

extension ModelVersions {
  /// The model of `version` for `role`, opened without reading it through, where it is one of ratings.
  ///
  /// Throws ``ModelFileErrorCode/foreign`` when it is of another kind, else as
  /// ``ModelRegistry/ModelVersions/open(_:)`` does.
  package func openModel(
    _ version: Int, _ role: ModelRole = .main
  ) throws(ModelFileError) -> any ScoredModel {
    try open(version, role).asScoredModel()
  }
}

extension ModelVersions {
  /// The models of `version`: the one that it is served from, and the one that predicts beside it, where there is
  /// one. Throws as ``openModel(_:_:)`` does.
  package func openModels(
    _ version: Int
  ) throws(ModelFileError) -> (main: any ScoredModel, predictor: (any ScoredModel)?) {
    let predicts = try manifest(of: version).digest(of: .predictor) != nil
    return (try openModel(version), predicts ? try openModel(version, .predictor) : nil)
  }
}

extension RecommenderQueries {
  /// Queries to `version`: to the model that it is served from and, for ratings, to the one that predicts
  /// beside it, where there is one. Throws as ``ModelRegistry/ModelVersions/openModel(_:_:)`` does.
  package convenience init(
    to version: Int, of versions: ModelVersions, suggestsIdentifiers: Bool = false
  ) throws(ModelFileError) {
    let (model, predictor) = try versions.openModels(version)
    self.init(
      Recommender(model: model), predictor: predictor, suggestsIdentifiers: suggestsIdentifiers)
  }
}

extension PublishedModel {
  /// The model as one of ratings.
  ///
  /// Throws ``ModelFileErrorCode/foreign`` when it is of another kind.
  package func asScoredModel() throws(ModelFileError) -> any ScoredModel {
    guard let model = self as? any ScoredModel else {
      throw ModelFileError(
        .foreign, "not a model of ratings: its kind is '\(kind)'", place: path,
        remedy: "Name a model of ratings.")
    }
    return model
  }
}
