/// The sum of two tensors, element by element after broadcasting.
struct Addition: Operation {
  let name = "addition"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 2)
    return try .combined(inputs[0], inputs[1], operation: name, +)
  }

  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) -> [Gradient?] {
    (0..<2).map { needed[$0] ? .dense(outputGradient.summed(to: inputs[$0].shape)) : nil }
  }
}

/// The first tensor less the second, element by element after broadcasting.
struct Subtraction: Operation {
  let name = "subtraction"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 2)
    return try .combined(inputs[0], inputs[1], operation: name, -)
  }

  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) -> [Gradient?] {
    [
      needed[0] ? .dense(outputGradient.summed(to: inputs[0].shape)) : nil,
      needed[1] ? .dense(outputGradient.mapped { -$0 }.summed(to: inputs[1].shape)) : nil,
    ]
  }
}

/// The product of two tensors, element by element after broadcasting.
struct Multiplication: Operation {
  let name = "multiplication"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 2)
    return try .combined(inputs[0], inputs[1], operation: name, *)
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

/// The first tensor over the second, element by element after broadcasting.
struct Division: Operation {
  let name = "division"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 2)
    return try .combined(inputs[0], inputs[1], operation: name, /)
  }

  /// With q = a / b: 1 / b by a, and -q / b by b.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let byLeft = try Tensor.combined(outputGradient, inputs[1], operation: name, /)
    var gradients: [Gradient?] = [nil, nil]
    if needed[0] { gradients[0] = .dense(byLeft.summed(to: inputs[0].shape)) }
    if needed[1] {
      let byRight = try Tensor.combined(byLeft, output, operation: name) { -$0 * $1 }
      gradients[1] = .dense(byRight.summed(to: inputs[1].shape))
    }
    return gradients
  }
}

extension Tape {
  /// `left + right`, broadcast. Throws when the shapes do not broadcast.
  package func add(_ left: Variable, _ right: Variable) throws(TensorError) -> Variable {
    try apply(Addition(), to: left, right)
  }

  /// `left - right`, broadcast. Throws when the shapes do not broadcast.
  package func subtract(_ left: Variable, _ right: Variable) throws(TensorError) -> Variable {
    try apply(Subtraction(), to: left, right)
  }

  /// `left * right` element by element, broadcast. Throws when the shapes do not broadcast.
  package func multiply(_ left: Variable, _ right: Variable) throws(TensorError) -> Variable {
    try apply(Multiplication(), to: left, right)
  }

  /// `left / right` element by element, broadcast. Throws when the shapes do not broadcast.
  package func divide(_ left: Variable, _ right: Variable) throws(TensorError) -> Variable {
    try apply(Division(), to: left, right)
  }
}
