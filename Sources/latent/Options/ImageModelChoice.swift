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

  /// Opens the model. Throws when there is none, when it is damaged, or not of images, and where both are named.
  func open() throws -> ImageModel {
    guard let modelFile else { return try published.open() }
    // Not while options are read: whoever names --version there is told the program's when something is wrong.
    guard published.version == nil, published.name == .usualOfImages else {
      throw ValidationError("--model-file takes the place of --name and --version.")
    }
    return try ImageModel(SafetensorsFile(modelFile))
  }
}
