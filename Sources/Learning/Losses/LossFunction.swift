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
