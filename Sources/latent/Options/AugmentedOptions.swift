import ArgumentParser
import ImageModels

/// The option for test-time augmentation.
struct AugmentedOptions: ParsableArguments {
  @Option(
    name: .customLong("tta"),
    help: ArgumentHelp(
      "Test-time augmentation: combine the prediction for the image, with a weight of a quarter, with those for this "
        + "many versions of it, augmented as in training, such as 4.", valueName: "versions"))
  var count = 0

  func validate() throws {
    guard (0...64).contains(count) else { throw ValidationError("--tta must be from 0 to 64.") }
  }

  /// Throws for a model whose predictions move with the image.
  func check(_ model: ImageModel) throws {
    guard count > 0, case .points = model.description.task else { return }
    throw CommandFailure(
      "--tta does not go with points, which move with each augmented version of an image",
      remedy: "Leave it out.")
  }
}
