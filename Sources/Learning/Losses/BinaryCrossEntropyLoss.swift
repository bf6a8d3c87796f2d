package import Layers
package import TensorCore

/// The mean cross-entropy of targets within 0 ... 1 and the sigmoid of the outputs, computed from the
/// outputs themselves; targets have their shape. Its predictions are the sigmoid: an answer of
/// several labels.
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
