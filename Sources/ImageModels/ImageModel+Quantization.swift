import Errors
import Images
import Layers
import ModelRegistry
package import TensorCore

extension ImageModel {
  /// Returns the model with predictions in 8-bit integers, calibrated on `count` images, some hundred like those to
  /// come (post-training quantization: Jacob et al., "Quantization and Training of Neural Networks for Efficient
  /// Integer-Arithmetic-Only Inference", 2018, section 3). They tell the range of the numbers in the network. The
  /// weights stay unchanged. Up to `batchSize` images are read and computed at a time; `read` is given the position
  /// of each.
  ///
  /// Throws ``ModelFileError`` if the weights do not fit, and whatever `read` throws. Traps without images.
  package func quantized(
    on count: Int, batchSize: Int = 16, in context: ComputeContext,
    read: (_ position: Int) throws -> ModelInput
  ) throws -> ImageModelContents {
    precondition(count > 0, "no images to quantize by")
    let network = try network()
    let predictor = Predictor(network, context: context)
    let batchSize = description.input.batchSize(atMost: batchSize)
    let ranges = ActivationRanges()
    for start in stride(from: 0, to: count, by: batchSize) {
      let inputs = try (start..<min(start + batchSize, count)).map(read)
      do throws(TensorError) {
        try predictor.widen(ranges, by: batch(of: inputs, on: context).images)
      } catch {
        throw ModelFileError(.badContents, error.problem, place: path, remedy: error.remedy)
      }
    }
    var quantized = description
    quantized.quantization = ranges.byName(in: network)
    return ImageModelContents(quantized, network)
  }
}
