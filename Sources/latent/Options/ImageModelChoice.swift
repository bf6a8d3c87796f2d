import ArgumentParser
import ImageModels
import ModelRegistry

/// Which model of images a command asks that needs nothing but the model: one that is published, or a file.
struct ImageModelChoice: ParsableArguments {
  @OptionGroup var published: ImageModelOptions

  @Option(
    help: ArgumentHelp(
      "A model's file wherever it is, such as a copy of a version's model.safetensors, in place of one in the folder of "
        + "models.", valueName: "file"))
  var modelFile: String?

  func validate() throws {
    guard modelFile == nil || (published.version == nil && published.name == .usualOfImages) else {
      throw ValidationError("--model-file takes the place of --name and --version.")
    }
  }

  /// Opens the model. Throws when there is none, when it is damaged, or not of images.
  func open() throws -> ImageModel { try openWithRecord().model }

  /// The same, with what is known of its training.
  func openWithRecord() throws -> ChosenImageModel {
    guard let modelFile else {
      let (model, manifest) = try published.openWithManifest()
      return ChosenImageModel(model: model, manifest: manifest)
    }
    return ChosenImageModel(model: try ImageModel(SafetensorsFile(modelFile)), manifest: nil)
  }
}

/// A model of images that a command asks, and what is known of its training.
struct ChosenImageModel {
  let model: ImageModel
  /// The record of a version; nil of a file by itself, which has none.
  let manifest: Manifest?

  /// `images version 3`, or the file.
  var words: String {
    manifest.map { "\($0.run.modelName) version \($0.version)" } ?? model.path
  }

  /// The record, for models that are trained as this one was. Throws where there is none.
  func recorded() throws -> Manifest {
    guard let manifest else {
      throw ValidationError(
        "--folds trains models as this one was, and \(model.path) does not say how: name a version with --name and "
          + "--version.")
    }
    return manifest
  }
}
