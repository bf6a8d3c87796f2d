import Errors

/// A step of a computation that can be differentiated: its value and its gradient side by side.
///
/// An operation is a value that is made for one use: what its gradient needs besides inputs and
/// output (a dropout mask, an index list), it keeps in itself.
package protocol Operation {
  /// What error messages call it, as `matrix product`.
  var name: String { get }

  /// Whether kernels of oneDNN compute it: the backward pass then runs on their thread.
  var runsKernels: Bool { get }

  /// Whether inputs may be quantized; else they come as the numbers that they stand for.
  var takesQuantized: Bool { get }

  /// The output for `inputs`. Throws when their shapes or element types do not fit.
  mutating func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor

  /// What it is in ONNX, one behind the other: the first takes the inputs, each other what the one before it
  /// makes. Empty for what ONNX is not told of: what only training does.
  func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator]

  /// For each input the derivative of the loss by it, given that by the output; nil where `needed`
  /// is false, or where it is zero throughout. Called at most once, after ``forward(_:)``.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?]
}

extension Operation {
  package var runsKernels: Bool { false }
  package var takesQuantized: Bool { false }
  package func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator] { [] }

  /// Throws unless there are `count` inputs, all `float32`: traps on the count, which the caller
  /// fixes.
  func check(_ inputs: [Tensor], count: Int) throws(TensorError) {
    precondition(inputs.count == count, "\(name) takes \(count) inputs, not \(inputs.count)")
    for input in inputs where input.elementType != .float32 {
      throw TensorError(
        .elementTypeMismatch, "elements of type \(input.elementType.rawValue)", place: name,
        remedy: "It computes in \(ElementType.float32.rawValue).")
    }
  }

  /// Throws unless the first two inputs have one shape.
  func checkSameShape(_ inputs: [Tensor], remedy: String) throws(TensorError) {
    guard inputs[0].shape == inputs[1].shape else {
      throw .shapes(inputs[0].shape, inputs[1].shape, in: name, remedy: remedy)
    }
  }
}
