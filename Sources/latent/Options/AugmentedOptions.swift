import ArgumentParser
import ImageModels

/// Whether answers are those of several versions of an image.
struct AugmentedOptions: ParsableArguments {
  @Option(
    name: .customLong("tta"),
    help: ArgumentHelp(
      "Test-time augmentation: answer by the image, to a quarter, and by so many versions of it, changed as in training, "
        + "such as 4.", valueName: "versions"))
  var count = 0

  func validate() throws {
    guard (0...64).contains(count) else { throw ValidationError("--tta must be from 0 to 64.") }
  }

  /// Throws for a model whose answers move with the image.
  func check(_ model: ImageModel) throws {
    guard count > 0, case .points = model.description.task else { return }
    throw CommandFailure(
      "--tta does not go with points, which are elsewhere in each version of an image",
      remedy: "Leave it out.")
  }
}
