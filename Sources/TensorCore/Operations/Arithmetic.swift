/// The elementwise sum of two tensors, with broadcasting.
struct Addition: Operation {
  let name = "addition"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 2)
    return try .combined(inputs[0], inputs[1], operation: name, +)
  }

  func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator] {
    [ONNXOperator("Add")]
  }

  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) -> [Gradient?] {
    (0..<2).map { needed[$0] ? .dense(outputGradient.summed(to: inputs[$0].shape)) : nil }
  }
}

/// The elementwise product of two tensors, with broadcasting.
struct Multiplication: Operation {
  let name = "multiplication"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 2)
    return try .combined(inputs[0], inputs[1], operation: name, *)
  }

  func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator] {
    [ONNXOperator("Mul")]
  }

  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    var gradients: [Gradient?] = [nil, nil]
    for side in 0..<2 where needed[side] {
      let full = try Tensor.combined(outputGradient, inputs[1 - side], operation: name, *)
      gradients[side] = .dense(full.summed(to: inputs[side].shape))
    }
    return gradients
  }
}

extension Tape {
  /// Returns `left + right`, with broadcasting. Throws if the shapes do not broadcast.
  package func add(_ left: Variable, _ right: Variable) throws(TensorError) -> Variable {
    try apply(Addition(), to: left, right)
  }

  /// Returns the elementwise `left * right`, with broadcasting. Throws if the shapes do not broadcast.
  package func multiply(_ left: Variable, _ right: Variable) throws(TensorError) -> Variable {
    try apply(Multiplication(), to: left, right)
  }
}
