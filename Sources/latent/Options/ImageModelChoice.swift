import ArgumentParser
import ImageModels
import ModelRegistry

/// The image model of a command that needs only the model: a published version, or a file.
struct ImageModelChoice: ParsableArguments {
  @OptionGroup var published: ImageModelOptions

  @Option(
    help: ArgumentHelp(
      "Use a model's file from anywhere, such as a copy of a version's model.safetensors, instead of a model in the folder "
        + "of models.", valueName: "file"))
  var modelFile: String?

  func validate() throws {
    guard modelFile == nil || (published.version == nil && published.name == .usualOfImages) else {
      throw ValidationError("--model-file takes the place of --name and --version.")
    }
  }

  /// Opens the model. Throws if there is none, or if it is damaged or not an image model.
  func open() throws -> ImageModel { try openWithRecord().model }

  /// Opens the model, together with the record of its training.
  func openWithRecord() throws -> ChosenImageModel {
    guard let modelFile else {
      let (model, manifest) = try published.openWithManifest()
      return ChosenImageModel(model: model, manifest: manifest)
    }
    return ChosenImageModel(model: try ImageModel(SafetensorsFile(modelFile)), manifest: nil)
  }
}

/// The image model that a command uses, with the record of its training.
struct ChosenImageModel {
  let model: ImageModel
  /// The record of the version; nil for a single file, which has none.
  let manifest: Manifest?

  /// The name and version, such as `images version 3`, or the file's path.
  var words: String {
    manifest.map { "\($0.run.modelName) version \($0.version)" } ?? model.path
  }

  /// Returns the record, in order to train other models in the same way. Throws if there is none.
  func recorded() throws -> Manifest {
    guard let manifest else {
      throw ValidationError(
        "--folds trains models like this one, but \(model.path) does not record how it was trained: name a version with "
          + "--name and --version.")
    }
    return manifest
  }
}
