import Errors

/// The mean squared error over all elements of two tensors of the same shape.
struct MeanSquaredError: Operation {
  let name = "mean squared error"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 2)
    try checkSameShape(inputs, remedy: "Predictions and targets must have the same shape.")
    let squares = try Tensor.combined(inputs[0], inputs[1], operation: name) {
      ($0 - $1) * ($0 - $1)
    }
    return Tensor(squares.sum / Float(squares.elementCount))
  }

  /// The gradient is 2 (x - y) / n for x, and its negative for y.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let factor = 2 * outputGradient.number / Float(inputs[0].elementCount)
    var gradients: [Gradient?] = [nil, nil]
    for side in 0..<2 where needed[side] {
      gradients[side] = .dense(
        try .combined(inputs[side], inputs[1 - side], operation: name) { ($0 - $1) * factor })
    }
    return gradients
  }
}

/// The mean absolute error over all elements of two tensors of the same shape.
struct MeanAbsoluteError: Operation {
  let name = "mean absolute error"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 2)
    try checkSameShape(inputs, remedy: "Predictions and targets must have the same shape.")
    let distances = try Tensor.combined(inputs[0], inputs[1], operation: name) { abs($0 - $1) }
    return Tensor(distances.sum / Float(distances.elementCount))
  }

  /// The gradient is the sign of x - y over n for x, 0 where they are equal, and its negative for y.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let factor = outputGradient.number / Float(inputs[0].elementCount)
    var gradients: [Gradient?] = [nil, nil]
    for side in 0..<2 where needed[side] {
      gradients[side] = .dense(
        try .combined(inputs[side], inputs[1 - side], operation: name) {
          $0 > $1 ? factor : $0 < $1 ? -factor : ($0 - $1) * factor
        })
    }
    return gradients
  }
}

extension Tape {
  /// Returns the mean of `(predictions - targets)²` over all elements. Throws if the shapes differ, as broadcasting
  /// here is nearly always a mistake.
  package func meanSquaredError(
    _ predictions: Variable, _ targets: Variable
  ) throws(TensorError) -> Variable {
    try apply(MeanSquaredError(), to: predictions, targets)
  }

  /// Returns the mean of `|predictions - targets|` over all elements. Throws if the shapes differ.
  package func meanAbsoluteError(
    _ predictions: Variable, _ targets: Variable
  ) throws(TensorError) -> Variable {
    try apply(MeanAbsoluteError(), to: predictions, targets)
  }
}
