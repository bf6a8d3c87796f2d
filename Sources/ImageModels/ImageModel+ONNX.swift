import Foundation
import Images
import Layers
import ModelRegistry
import ONNX
import TensorCore

extension ImageModel {
  /// Exports the model to ONNX. The input is `images`, `[batch, channels, height, width]`, samples from 0 to 1 at
  /// the model's size; the output is `predictions`, `[batch, outputs]`. It equals ``predictions(for:on:)`` in single
  /// precision; a quantized model is exported as the model that it was made from.
  ///
  /// Normalisation, calibration and softmax are in the graph. The metadata holds the preceding steps as JSON under
  /// `latent.image_model`, and the output names as an array under `outputs`.
  ///
  /// Throws ``ModelFileError`` if the weights do not fit.
  package func onnx(latentVersion: String) throws -> [UInt8] {
    let network = try network()
    var exported = description
    exported.quantization = nil
    let transform = description.input
    let pass = ForwardPass(isTraining: false, isRecording: true, context: ComputeContext.current)
    let images = pass.tape.watch(
      .zeros([1, transform.channels, transform.size.height, transform.size.width]))
    let outputs = try network(transform.normalized(images, on: pass.tape), in: pass)
    let predictions = try description.predictions(of: outputs, on: pass.tape)
    let graph = try ONNXGraph(
      of: pass.tape, from: ("images", images), to: ("predictions", predictions),
      parameters: network.namedParameters().map { ($0.name, pass.variable($0.parameter)) })
    let file = ONNXFile(
      graph, producer: ("latent", latentVersion),
      metadata: [
        (Self.descriptionKey, exported.text), ("outputs", Self.names(of: description.task)),
      ])
    return file.bytes
  }

  /// Returns the names of the outputs as JSON, one each: for points `eye x` and `eye y`.
  private static func names(of task: ImageTask) -> String {
    var names = task.outputNames
    if case .points = task { names = names.flatMap { ["\($0) x", "\($0) y"] } }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let data = try? encoder.encode(names) else {
      preconditionFailure("texts can be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }
}

extension ImageTransform {
  /// Normalises samples from 0 to 1.
  fileprivate func normalized(
    _ images: Variable, on tape: Tape
  ) throws(TensorError) -> Variable {
    guard let normalization else { return images }
    func perChannel(_ numbers: [Float]) -> Variable {
      Variable(Tensor([1, channels, 1, 1], numbers))
    }
    let scales = normalization.deviation.map { 1 / $0 }
    return try tape.add(
      tape.multiply(images, perChannel(scales)),
      perChannel(zip(normalization.mean, scales).map { -$0 * $1 }))
  }
}
