import Errors
import Layers
package import ModelRegistry
package import TensorCore

extension ImageModel {
  /// The model with predictions in integers of 8 bits, as far as `inputs` tell how large the numbers in its network
  /// become: some hundred images as they will come (post-training quantization: Jacob et al., "Quantization and
  /// Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018, section 3). The weights stay
  /// what they are. `batchSize` images are computed at a time.
  ///
  /// Throws ``ModelFileError`` when the weights do not fit. Traps without images.
  package func quantized(
    on inputs: [ModelInput], batchSize: Int = 16, in context: ComputeContext
  ) throws(ModelFileError) -> ImageModelContents {
    precondition(!inputs.isEmpty, "no images to quantize by")
    let network = try network()
    let predictor = Predictor(network, context: context)
    let starts = stride(from: 0, to: inputs.count, by: batchSize)
    let batches = starts.lazy.map { start in
      self.batch(of: Array(inputs[start..<min(start + batchSize, inputs.count)]), on: context)
        .images
    }
    var quantized = description
    do throws(TensorError) {
      quantized.quantization = try predictor.ranges(on: batches).byName(in: network)
    } catch {
      throw ModelFileError(.badContents, error.problem, place: path, remedy: error.remedy)
    }
    return ImageModelContents(quantized, network)
  }
}
