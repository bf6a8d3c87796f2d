package import Layers
package import TensorCore

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
