package import TensorCore

/// A network prepared for prediction: a snapshot of its weights, each layer's in the form fastest for prediction
/// (``FoldableModule/prepared(in:)``), such as convolutions with the following norms folded in.
///
/// ```swift
/// let predictor = Predictor(ResNet(.resnet18, classCount: 10, random: &random))
/// let logits = try predictor(images)
/// ```
///
/// Predictions run through the network's own forward pass. The network may continue training: a predictor keeps its
/// snapshot.
///
/// `@unchecked Sendable`: it uses only the structure of the network, which does not change; the weights are its own.
package final class Predictor: @unchecked Sendable {
  private let network: any Layer
  private let weights: PreparedWeights
  private let context: ComputeContext

  /// Creates a predictor from the current weights of `network`, for predictions in `context`. For bfloat16, check
  /// ``Precision/available`` first: the processor may lack it.
  package init(_ network: any Layer, context: ComputeContext = .current) {
    self.network = network
    self.context = context
    weights = PreparedWeights(of: network, in: context) { $1 }
  }

  /// Creates a predictor whose convolutions multiply 8-bit integers, quantized by `ranges`. Throws
  /// ``TensorErrorCode/notFinite`` for filters that cannot be quantized.
  package init(
    _ network: any Layer, context: ComputeContext = .current, quantizedBy ranges: ActivationRanges
  ) throws(TensorError) {
    self.network = network
    self.context = context
    weights = try PreparedWeights(of: network, in: context) {
      (module, prepared) throws(TensorError) in
      guard let range = ranges[module] else { return prepared }
      return try QuantizedConvolution(prepared, range: range)
    }
  }

  /// Returns the network's output for `input`. It runs on the threads of `given`, by default those of its own context,
  /// and always in its own precision. Throws if the input's shape does not fit.
  package func callAsFunction(
    _ input: Tensor, on given: ComputeContext? = nil
  ) throws(TensorError) -> Tensor {
    var context = given ?? context
    context.precision = self.context.precision
    return try context.run { [context] () throws(TensorError) in
      let pass = ForwardPass(isTraining: false, context: context, weights: weights)
      return try network(Variable(input), in: pass).value
    }
  }

  /// Returns the ranges of the inputs and outputs of the network's convolutions over `batches`, each `[batch, ...]`,
  /// for quantization (post-training calibration). Some hundred representative inputs are needed.
  package func ranges(
    on batches: some Sequence<Tensor>
  ) throws(TensorError) -> ActivationRanges {
    let ranges = ActivationRanges()
    for batch in batches { try widen(ranges, by: batch) }
    return ranges
  }

  /// Widens `ranges` to include the inputs and outputs of the network's convolutions for `batch`.
  package func widen(_ ranges: ActivationRanges, by batch: Tensor) throws(TensorError) {
    try context.run { () throws(TensorError) in
      let pass = ForwardPass(
        isTraining: false, context: context, weights: weights, ranges: ranges)
      _ = try network(Variable(batch), in: pass)
    }
  }
}

/// A snapshot of the weights of a module and its descendants.
package final class PreparedWeights {
  private var values: [ObjectIdentifier: Tensor] = [:]
  private var convolutions: [ObjectIdentifier: any FoldedConvolution] = [:]

  /// Takes a snapshot of `module` for predictions in `context`. `convolution` maps each foldable module and its
  /// prepared form to the one to use.
  init<Failure>(
    of module: some Module, in context: ComputeContext,
    convolution: (any FoldableModule, PreparedConvolution) throws(Failure) -> any FoldedConvolution
  ) throws(Failure) {
    for part in module.all() {
      for (_, parameter) in part.ownParameters {
        values[ObjectIdentifier(parameter)] = parameter.value
      }
      for (_, buffer) in part.ownBuffers { values[ObjectIdentifier(buffer)] = buffer.value }
      guard let part = part as? any FoldableModule else { continue }
      convolutions[ObjectIdentifier(part)] = try convolution(part, part.prepared(in: context))
    }
  }

  /// The value of a parameter. Traps if it belongs to another network.
  subscript(parameter: Parameter) -> Tensor {
    guard let value = values[ObjectIdentifier(parameter)] else {
      preconditionFailure("a parameter that no module of the network named as its own")
    }
    return value
  }

  /// The value of a buffer, or nil if it belongs to another network.
  subscript(buffer: Buffer) -> Tensor? { values[ObjectIdentifier(buffer)] }

  /// The prepared form of a module, or nil if there is none.
  subscript(module: some Module) -> (any FoldedConvolution)? {
    convolutions[ObjectIdentifier(module)]
  }
}
