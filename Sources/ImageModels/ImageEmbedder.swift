import Errors
import Layers
package import ModelRegistry
package import TensorCore

/// Vectors of images: the mean of each feature of a model's body, which images that look alike have alike.
package final class ImageEmbedder: Sendable {
  private let predictor: Predictor
  private let name: String
  /// How many numbers a vector has.
  package let width: Int

  /// Of an open model. Throws ``ModelFileError`` when its weights do not fit, or are no numbers.
  package init(of model: ImageModel) throws(ModelFileError) {
    let network = try model.network()
    width = network.backbone.variant.featureCount
    name = model.path
    predictor = Predictor(
      Sequential([network.backbone, GlobalPooling(.average), Flatten()]))
  }

  /// The vectors of images as the model's transform makes them, `[batch, channels, height, width]`, one behind the
  /// other, on the threads of `context`. Throws ``ModelFileErrorCode/badContents`` when they do not fit the network.
  package func vectors(
    of images: Tensor, on context: ComputeContext
  ) throws(ModelFileError) -> [Float] {
    do throws(TensorError) { return try predictor(images, on: context).elements() } catch {
      throw ModelFileError(.badContents, error.problem, place: name, remedy: error.remedy)
    }
  }
}
