import ArgumentParser
import ModelFiles

/// Which models folder a command works on.
struct RegistryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder that holds the models (default: LATENT_MODELS, else latent-models).",
      valueName: "folder"))
  var models: String?

  /// The folder: from the option, else the environment, else beside the caller.
  var folder: String { models ?? ModelRegistry.defaultFolder }

  /// The models in it.
  var registry: ModelRegistry { ModelRegistry(folder) }
}

/// Which models folder a command works on, and which name in it.
struct ModelOptions: ParsableArguments {
  @OptionGroup var place: RegistryOptions

  @Option(help: ArgumentHelp("The model's name in it.", valueName: "name"))
  var name = ModelName.usual.text

  /// The folder that holds the models.
  var folder: String { place.folder }

  func validate() throws {
    do { _ = try ModelName(name) } catch { throw ValidationError("--name \(error)") }
  }
}
