import Errors

/// A differentiable step of a computation: its value and its gradient.
///
/// Each use of an operation is a value of its own. It stores what its gradient needs besides inputs and output, such as
/// a dropout mask or an index list.
package protocol Operation {
  /// The name used in error messages, such as `matrix product`.
  var name: String { get }

  /// Whether oneDNN kernels compute it, in which case the backward pass runs on their thread.
  var runsKernels: Bool { get }

  /// Whether it accepts quantized inputs; otherwise they are dequantized first.
  var takesQuantized: Bool { get }

  /// Returns the output for `inputs`. Throws if their shapes or element types do not match.
  mutating func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor

  /// Returns the operation as a chain of ONNX operators: the first takes the inputs, each further one the output of its
  /// predecessor. Empty if there is no ONNX equivalent, as for operations used only in training.
  func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator]

  /// Returns the gradient of the loss with respect to each input, given that of the output. An element is nil where
  /// `needed` is false or the gradient is zero throughout. Called at most once, after ``forward(_:)``.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?]
}

extension Operation {
  package var runsKernels: Bool { false }
  package var takesQuantized: Bool { false }
  package func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator] { [] }

  /// Throws unless all inputs are `float32`. Traps unless there are `count` inputs, as the caller determines their
  /// number.
  func check(_ inputs: [Tensor], count: Int) throws(TensorError) {
    precondition(inputs.count == count, "\(name) takes \(count) inputs, not \(inputs.count)")
    for input in inputs where input.elementType != .float32 {
      throw TensorError(
        .elementTypeMismatch, "elements of type \(input.elementType.rawValue)", place: name,
        remedy: "It computes in \(ElementType.float32.rawValue).")
    }
  }

  /// Throws unless the first two inputs have the same shape.
  func checkSameShape(_ inputs: [Tensor], remedy: String) throws(TensorError) {
    guard inputs[0].shape == inputs[1].shape else {
      throw .shapes(inputs[0].shape, inputs[1].shape, in: name, remedy: remedy)
    }
  }
}
