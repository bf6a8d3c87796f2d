package import TensorCore

/// A network made ready to predict: its weights as they stood, each layer's in the form that is fastest for
/// predictions (``FoldableModule/prepared(in:)``), such as convolutions with the norms behind them folded in.
///
/// ```swift
/// let predictor = Predictor(ResNet(.resnet18, classCount: 10, random: &random))
/// let logits = try predictor(images)
/// ```
///
/// The network's own forward pass computes the predictions. It may go on training: a predictor keeps to what it
/// took.
///
/// `@unchecked Sendable`: of the network it uses the structure alone, which does not change; the weights are
/// its own.
package final class Predictor: @unchecked Sendable {
  private let network: any Layer
  private let weights: PreparedWeights
  private let context: ComputeContext

  /// Of `network` as it stands, for predictions in `context`. Where the processor lacks bfloat16, ask
  /// ``Precision/available`` first.
  package init(_ network: any Layer, context: ComputeContext = .current) {
    self.network = network
    self.context = context
    weights = PreparedWeights(of: network, in: context) { $1 }
  }

  /// The same, whose convolutions multiply integers of 8 bits, within `ranges`. Throws ``TensorErrorCode/notFinite``
  /// for filters that none stand for.
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

  /// The network's output for `input`, on the threads of `given`, and its own without it; the precision is its own.
  /// Throws when the input's shape does not fit.
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

  /// What goes in and out of the network's convolutions when it predicts for `batches`, each `[batch, ...]`, by
  /// which it can be quantized (post-training calibration): some hundred inputs as they will come.
  package func ranges(
    on batches: some Sequence<Tensor>
  ) throws(TensorError) -> ActivationRanges {
    let ranges = ActivationRanges()
    for batch in batches { try widen(ranges, by: batch) }
    return ranges
  }

  /// Widens `ranges` by what goes in and out of the network's convolutions when it predicts for `batch`.
  package func widen(_ ranges: ActivationRanges, by batch: Tensor) throws(TensorError) {
    try context.run { () throws(TensorError) in
      let pass = ForwardPass(
        isTraining: false, context: context, weights: weights, ranges: ranges)
      _ = try network(Variable(batch), in: pass)
    }
  }
}

/// The weights of a module and all within it, as they stood when they were taken.
package final class PreparedWeights {
  private var values: [ObjectIdentifier: Tensor] = [:]
  private var convolutions: [ObjectIdentifier: any FoldedConvolution] = [:]

  /// Of `module`, for predictions in `context`: of each module that is made ready, what `convolution` makes of that.
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

  /// The value of a parameter. Traps for one of another network.
  subscript(parameter: Parameter) -> Tensor {
    guard let value = values[ObjectIdentifier(parameter)] else {
      preconditionFailure("a parameter that no module of the network named as its own")
    }
    return value
  }

  /// The value of a buffer; nil for one of another network.
  subscript(buffer: Buffer) -> Tensor? { values[ObjectIdentifier(buffer)] }

  /// What a module was made ready to compute.
  subscript(module: some Module) -> (any FoldedConvolution)? {
    convolutions[ObjectIdentifier(module)]
  }
}
