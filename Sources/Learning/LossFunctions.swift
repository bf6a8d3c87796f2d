package import TensorCore

/// What a model is trained to make small, and how what it puts out is read.
package struct LossFunction: Sendable {
  /// The mean loss of a batch, a single number, recorded on a tape. Throws when the shapes do not fit each
  /// other.
  let mean:
    @Sendable (_ outputs: Variable, _ targets: Tensor, _ tape: Tape) throws(TensorError) -> Variable
  /// What the samples of a batch weigh together in the mean of a whole batch; nil where each weighs the same.
  var weight: (@Sendable (_ targets: Tensor) throws(TensorError) -> Double)?
  /// What the loss takes for granted to stand behind the outputs.
  var activation: @Sendable (_ outputs: Tensor) throws(TensorError) -> Tensor = { $0 }

  /// The mean loss of a batch, a single number. Throws when the shapes do not fit each other.
  package func callAsFunction(
    _ outputs: Variable, _ targets: Tensor, on tape: Tape
  ) throws(TensorError) -> Variable {
    try mean(outputs, targets, tape)
  }

  /// A model's outputs as predictions, by the activation that the loss takes for granted: the
  /// probabilities of classes, say, where outputs are their logits.
  package func predictions(of outputs: Tensor) throws(TensorError) -> Tensor {
    try activation(outputs)
  }
}

extension LossFunction {
  /// The mean over all elements of the squared difference; targets have the shape of the outputs.
  package static let squaredError = Self { (outputs, targets, tape) throws(TensorError) in
    try tape.meanSquaredError(outputs, Variable(targets))
  }

  /// The mean over all elements of the absolute difference; targets have the shape of the outputs.
  package static let absoluteError = Self { (outputs, targets, tape) throws(TensorError) in
    try tape.meanAbsoluteError(outputs, Variable(targets))
  }

  /// The mean cross-entropy of targets within 0 ... 1 and the sigmoid of the outputs, computed from the
  /// outputs themselves; targets have their shape. Its predictions are the sigmoid: for multi-label
  /// classification.
  ///
  /// `positiveWeights` are what positive targets weigh, by column (PyTorch's `pos_weight`); nil for 1 each.
  package static func binaryCrossEntropy(positiveWeights: [Float]? = nil) -> LossFunction {
    Self { (outputs, targets, tape) throws(TensorError) in
      try tape.binaryCrossEntropy(
        logits: outputs, targets: Variable(targets), positiveWeights: positiveWeights)
    } activation: { (outputs) throws(TensorError) in
      try Tape(isRecording: false).sigmoid(Variable(outputs)).value
    }
  }

  /// The mean cross-entropy of the right class and the softmax of a row of outputs, `[n, classes]`;
  /// targets are the classes' numbers, `[n]`, of an integer type, or the probability of each class,
  /// `[n, classes]`. Its predictions are the softmax.
  ///
  /// `smoothing` is the share of the right class's probability that is spread evenly over all classes; `weights` are
  /// what classes weigh, nil for 1 each (PyTorch's `weight`). Traps unless `smoothing` is within 0 ... 1.
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
        // Of probabilities the mean is over rows, whatever they weigh.
        targets.elementType == .float32
          ? Double(targets.shape[0])
          : try targets.indices().reduce(0) { $0 + Double(weights[Int($1)]) }
      }
    }
    return loss
  }
}
