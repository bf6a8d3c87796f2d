import ArgumentParser
import Errors
import ImageModels
import ModelRegistry

/// The published image model that a command uses.
struct ImageModelOptions: ParsableArguments {
  @OptionGroup var place: RegistryOptions

  @Option(
    help: ArgumentHelp(
      "The model's name in the folder of models (default: images).", valueName: "name"),
    transform: { try ModelName($0) })
  var name = ModelName.usualOfImages

  @Option(
    help: ArgumentHelp("The version (default: the one in service).", valueName: "version"))
  var version: Int?

  /// Opens the model, with the record of its training. Throws if there is none, or if it is damaged or not an image
  /// model.
  func openWithManifest() throws -> (model: ImageModel, manifest: Manifest) {
    let versions = try place.existingRegistry().versions(of: name)
    guard let number = try version ?? versions.current() else {
      throw CommandFailure("no version of \(name) is in service", remedy: try remedy(versions))
    }
    guard let model = try versions.open(number) as? ImageModel else {
      throw CommandFailure(
        "version \(number) of \(name) is not an image model",
        remedy: "Name one with --name: `latent models list --name NAME` shows its kind.")
    }
    return (model, try versions.manifest(of: number))
  }

  /// Returns the remedy if no version is in service: there may be other versions, or another name was meant.
  private func remedy(_ versions: ModelVersions) throws -> String {
    if let newest = try versions.all().last {
      return
        "Put one there: `\(versions.command("models promote \(newest)"))`, or name it with --version."
    }
    let names = try versions.registry.names().map(\.text)
    if let near = NearestText.nearest(to: name.text, among: names) {
      return "Did you mean --name \(near)?"
    }
    return "Train one: `latent images train FOLDER --publish`, or name one with --name."
  }
}
