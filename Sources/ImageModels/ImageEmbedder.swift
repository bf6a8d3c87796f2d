import Errors
import Layers
package import ModelRegistry
package import TensorCore

/// Embeds images as the mean of each feature of a model's body. Images that look alike have similar vectors.
package final class ImageEmbedder: Sendable {
  private let predictor: Predictor
  private let name: String
  /// The number of elements of a vector.
  package let width: Int

  /// Creates an embedder from an open model. Throws ``ModelFileError`` if its weights do not fit or are not finite.
  package init(of model: ImageModel) throws(ModelFileError) {
    let network = try model.network()
    width = network.backbone.variant.featureCount
    name = model.path
    predictor = Predictor(
      Sequential([network.backbone, GlobalPooling(.average), Flatten()]))
  }

  /// Returns the vectors of images that the model's transform produced, `[batch, channels, height, width]`, stored
  /// consecutively. Uses the threads of `context`. Throws ``ModelFileErrorCode/badContents`` if they do not fit the
  /// network.
  package func vectors(
    of images: Tensor, on context: ComputeContext
  ) throws(ModelFileError) -> [Float] {
    do throws(TensorError) { return try predictor(images, on: context).elements() } catch {
      throw ModelFileError(.badContents, error.problem, place: name, remedy: error.remedy)
    }
  }
}
