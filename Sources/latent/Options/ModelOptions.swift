import ArgumentParser
import ModelFiles

/// Which models folder a command works on, and which name in it.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder that holds the models (default: LATENT_MODELS, else latent-models).",
      valueName: "folder"))
  var models: String?

  @Option(help: ArgumentHelp("The model's name in it.", valueName: "name"))
  var name = ModelName.usual.text

  /// The folder: from the option, else the environment, else beside the caller.
  var folder: String {
    models ?? ModelRegistry.defaultFolder
  }

  func validate() throws {
    do { _ = try ModelName(name) } catch { throw ValidationError("--name \(error)") }
  }
}
