package import Layers
package import TensorCore

/// What a model is trained to make small, and how what it puts out is read.
package protocol LossFunction: Sendable {
  /// The mean loss of a batch, a single number. Throws when the shapes do not fit each other.
  func callAsFunction(
    _ outputs: Variable, _ targets: Tensor, in pass: ForwardPass
  ) throws(TensorError) -> Variable

  /// A model's outputs as predictions, by the activation that the loss takes for granted: the
  /// probabilities of classes, say, where outputs are their logits.
  func predictions(of outputs: Tensor) throws(TensorError) -> Tensor
}

extension LossFunction {
  /// The outputs as they are.
  package func predictions(of outputs: Tensor) throws(TensorError) -> Tensor { outputs }
}

/// The mean over all elements of the squared difference; targets have the shape of the outputs.
package struct SquaredErrorLoss: LossFunction {
  package init() {}

  package func callAsFunction(
    _ outputs: Variable, _ targets: Tensor, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.meanSquaredError(outputs, Variable(targets))
  }
}

/// The mean over all elements of the absolute difference; targets have the shape of the outputs.
package struct AbsoluteErrorLoss: LossFunction {
  package init() {}

  package func callAsFunction(
    _ outputs: Variable, _ targets: Tensor, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.meanAbsoluteError(outputs, Variable(targets))
  }
}

/// The mean cross-entropy of targets within 0 ... 1 and the sigmoid of the outputs, computed from the
/// outputs themselves; targets have their shape. Its predictions are the sigmoid: for multi-label
/// classification.
package struct BinaryCrossEntropyLoss: LossFunction {
  package init() {}

  package func callAsFunction(
    _ outputs: Variable, _ targets: Tensor, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.binaryCrossEntropy(logits: outputs, targets: Variable(targets))
  }

  package func predictions(of outputs: Tensor) throws(TensorError) -> Tensor {
    try Tape(isRecording: false).sigmoid(Variable(outputs)).value
  }
}

/// The mean cross-entropy of the right class and the softmax of a row of outputs, `[n, classes]`;
/// targets are the classes' numbers, `[n]` of `uint32`. Its predictions are the softmax.
package struct CrossEntropyLoss: LossFunction {
  /// The share of the right class's probability that is spread evenly over all classes.
  package let smoothing: Float

  /// Traps unless `smoothing` is within 0 ... 1.
  package init(smoothing: Float = 0) {
    precondition((0...1).contains(smoothing), "a smoothing of \(smoothing)")
    self.smoothing = smoothing
  }

  package func callAsFunction(
    _ outputs: Variable, _ targets: Tensor, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.crossEntropy(
      outputs, classes: targets.converted(to: .uint32).elements(of: UInt32.self),
      smoothing: smoothing)
  }

  package func predictions(of outputs: Tensor) throws(TensorError) -> Tensor {
    try Tape(isRecording: false).softmax(Variable(outputs)).value
  }
}
