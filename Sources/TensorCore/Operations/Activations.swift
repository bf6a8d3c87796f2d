/// max(x, 0) of each element, of `float32` or `bfloat16`; its derivative at 0 counts as 0.
struct RectifiedLinear: Operation {
  let name = "rectified linear"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try inputs[0].expectFloats(name)
    // Written so that NaN stays NaN and is noticed.
    return try inputs[0].mappedAsStored { $0.replacing(with: 0, where: $0 .<= 0) }
  }

  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    [.dense(try outputGradient.kept(wherePositive: output))]
  }
}

/// `sigmoid(x) * (upper - lower) + lower` of each element.
struct RangedSigmoid: Operation {
  let name = "sigmoid"
  let lower: Float
  let upper: Float

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    let (lower, width) = (lower, upper - lower)
    return inputs[0].mappedByVectors { $0.logistic * width + lower }
  }

  /// With s the plain sigmoid, the derivative is `s (1 - s) (upper - lower)`.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let scale = 1 / (upper - lower)
    let gradient = try Tensor.combined(outputGradient, output, operation: name) {
      $0 * ($1 - lower) * (upper - $1) * scale
    }
    return [.dense(gradient)]
  }
}

extension Tape {
  /// max(x, 0) of each element, of `float32` or `bfloat16`, which the result keeps, in the layout of the
  /// input. NaN stays NaN.
  package func rectifiedLinear(_ input: Variable) throws(TensorError) -> Variable {
    try apply(RectifiedLinear(), to: input)
  }

  /// `1 / (1 + e^-x)` of each element, stretched to `lower ... upper`. Traps unless lower < upper.
  package func sigmoid(
    _ input: Variable, from lower: Float = 0, to upper: Float = 1
  ) throws(TensorError) -> Variable {
    precondition(lower < upper, "a sigmoid from \(lower) to \(upper)")
    return try apply(RangedSigmoid(lower: lower, upper: upper), to: input)
  }
}
