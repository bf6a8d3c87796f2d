package import TensorCore

/// A loss to minimise and the activation that turns a model's outputs into predictions.
package struct LossFunction: Sendable {
  /// The mean loss of a batch, a scalar recorded on a tape. Throws if the shapes do not match.
  let mean:
    @Sendable (_ outputs: Variable, _ targets: Tensor, _ tape: Tape) throws(TensorError) -> Variable
  /// The total weight of some samples in the mean of a whole batch; nil if all samples weigh the same.
  var weight: (@Sendable (_ targets: Tensor) throws(TensorError) -> Double)?
  /// The activation that the loss assumes after the outputs.
  var activation: @Sendable (_ outputs: Tensor) throws(TensorError) -> Tensor = { $0 }

  /// Returns the mean loss of a batch, a scalar. Throws if the shapes do not match.
  package func callAsFunction(
    _ outputs: Variable, _ targets: Tensor, on tape: Tape
  ) throws(TensorError) -> Variable {
    try mean(outputs, targets, tape)
  }

  /// Returns a model's outputs as predictions, using the activation the loss assumes: class probabilities, for example,
  /// if the outputs are logits.
  package func predictions(of outputs: Tensor) throws(TensorError) -> Tensor {
    try activation(outputs)
  }
}

extension LossFunction {
  /// The mean squared error over all elements; targets have the shape of the outputs.
  package static let squaredError = Self { (outputs, targets, tape) throws(TensorError) in
    try tape.meanSquaredError(outputs, Variable(targets))
  }

  /// The mean absolute error over all elements; targets have the shape of the outputs.
  package static let absoluteError = Self { (outputs, targets, tape) throws(TensorError) in
    try tape.meanAbsoluteError(outputs, Variable(targets))
  }

  /// Returns the mean binary cross-entropy between targets within 0 ... 1 and the sigmoid of the outputs, for
  /// multi-label classification. It is computed from the logits; targets have their shape. Predictions are the sigmoid.
  ///
  /// `positiveWeights` are the weights of positive targets, by column (PyTorch's `pos_weight`); nil means 1 each.
  package static func binaryCrossEntropy(positiveWeights: [Float]? = nil) -> LossFunction {
    Self { (outputs, targets, tape) throws(TensorError) in
      try tape.binaryCrossEntropy(
        logits: outputs, targets: Variable(targets), positiveWeights: positiveWeights)
    } activation: { (outputs) throws(TensorError) in
      try Tape(isRecording: false).sigmoid(Variable(outputs)).value
    }
  }

  /// Returns the mean cross-entropy between targets and the softmax of the outputs, `[n, classes]`. Targets are either
  /// class indices `[n]` of an integer type, or class probabilities `[n, classes]`. Predictions are the softmax.
  ///
  /// `smoothing` is the share of the target probability that is spread evenly over all classes. `weights` are the class
  /// weights (PyTorch's `weight`); nil means 1 each. Traps unless `smoothing` is within 0 ... 1.
  package static func crossEntropy(
    weights: [Float]? = nil, smoothing: Float = 0
  ) -> LossFunction {
    precondition((0...1).contains(smoothing), "a smoothing of \(smoothing)")
    var loss = Self { (outputs, targets, tape) throws(TensorError) in
      targets.elementType == .float32
        ? try tape.crossEntropy(
          outputs, probabilities: targets, weights: weights, smoothing: smoothing)
        : try tape.crossEntropy(
          outputs, classes: targets.indices(), weights: weights, smoothing: smoothing)
    } activation: { (outputs) throws(TensorError) in
      try Tape(isRecording: false).softmax(Variable(outputs)).value
    }
    if let weights {
      loss.weight = { (targets) throws(TensorError) in
        // For probabilities the mean is over rows, regardless of weights.
        targets.elementType == .float32
          ? Double(targets.shape[0])
          : try targets.indices().reduce(0) { $0 + Double(weights[Int($1)]) }
      }
    }
    return loss
  }
}
