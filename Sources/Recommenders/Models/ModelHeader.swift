import Errors
import ModelRegistry
import Ratings
import TensorCore

/// What a model file says of itself in its metadata, checked.
package struct ModelHeader: Sendable {
  /// What the model is made of.
  let form: RecommenderForm
  /// How it was learned: `dot-bias`, `popularity` ...
  package let kind: String
  /// By what items are to be ranked.
  package let ranking: Ranking
  /// Where predictions are squeezed into; nil leaves them as they are.
  package let outputRange: OutputRange?
  /// The path the model was opened by.
  package let path: String
  /// The size of the file in bytes: what the model takes of the page cache at most.
  package let byteCount: Int

  /// The header of a file that must be of the given form.
  init(_ file: SafetensorsFile, form: RecommenderForm) throws(ModelFileError) {
    try self.init(file)
    guard self.form == form else {
      throw ModelFileError(
        .foreign, "not a \(form.noun): its form is '\(self.form.rawValue)'", place: file.path,
        remedy: "Name a model that `latent train` wrote, or train again.")
    }
  }

  /// The header of a file of any form.
  init(_ file: SafetensorsFile) throws(ModelFileError) {
    let metadata = file.metadata
    func unusable(_ code: ModelFileErrorCode, _ problem: String) -> ModelFileError {
      ModelFileError(
        code, problem, place: file.path,
        remedy: "Name a model that `latent train` wrote, or train again.")
    }
    guard let format = metadata[ModelFormat.versionKey] else {
      throw unusable(.foreign, "a safetensors file, but not a model of Latent's")
    }
    guard let version = Int(format), version > 0 else {
      throw unusable(.foreign, "its format is '\(format)', not a number")
    }
    guard version <= ModelFormat.version else {
      throw ModelFileError(
        .tooNew,
        "its format is \(version), and this Latent reads up to \(ModelFormat.version)",
        place: file.path, remedy: "Use the Latent that wrote it, or a newer one.")
    }
    let formName = metadata[ModelFormat.formKey] ?? ""
    guard let form = RecommenderForm(rawValue: formName) else {
      throw unusable(.foreign, "not a model of ratings: its form is '\(formName)'")
    }
    guard let kind = metadata[ModelFormat.kindKey], !kind.isEmpty else {
      throw unusable(.badContents, "it does not say which kind of model it is")
    }
    guard let ranking = Ranking(rawValue: metadata[ModelFormat.rankingKey] ?? "") else {
      throw unusable(.badContents, "it does not say by what items are ranked")
    }
    switch (metadata[ModelFormat.rangeLowerKey], metadata[ModelFormat.rangeUpperKey]) {
    case (nil, nil):
      outputRange = nil
    case (let lower, let upper):
      guard let low = Float(lower ?? ""), let high = Float(upper ?? ""),
        let range = OutputRange(lower: low, upper: high)
      else { throw unusable(.badContents, "its output range is not two numbers in order") }
      outputRange = range
    }
    self.form = form
    self.kind = kind
    self.ranking = ranking
    path = file.path
    byteCount = file.byteCount
  }
}
