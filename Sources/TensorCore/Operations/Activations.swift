import Errors

/// max(x, 0) of each element, of `float32` or `bfloat16`; the derivative at 0 is 0.
struct ReLU: Operation {
  let name = "relu"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try inputs[0].expectFloats(name)
    return try inputs[0].mapped(\.relu)
  }

  func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator] {
    [ONNXOperator("Relu")]
  }

  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    [.dense(try outputGradient.kept(wherePositive: output))]
  }
}

/// Elementwise max(x + y, 0) of two tensors of the same shape: the end of a residual block, in one pass over memory.
struct AddReLU: Operation {
  let name = "add relu"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try checkSameShape(inputs, remedy: "Both must have the same shape.")
    for input in inputs { try input.expectFloats(name) }
    return try inputs[0].combined(inputs[1]) { ($0 + $1).relu }
  }

  func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator] {
    [ONNXOperator("Add"), ONNXOperator("Relu")]
  }

  /// Both inputs have the same gradient.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let gradient = Gradient.dense(try outputGradient.kept(wherePositive: output))
    return needed.map { $0 ? gradient : nil }
  }
}

/// `sigmoid(x) * (upper - lower) + lower` of each element.
struct Sigmoid: Operation {
  let name = "sigmoid"
  let lower: Float
  let upper: Float

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    let (lower, width) = (lower, upper - lower)
    // Converted to row-major first, as the padding of other layouts must stay zero.
    return try inputs[0].rowMajor().mapped { $0.logistic * width + lower }
  }

  func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator] {
    let isPlain = lower == 0 && upper == 1
    func scaled(_ name: String, _ by: Float) -> ONNXOperator {
      ONNXOperator(name, constants: [.tensor(Tensor([], [by]))])
    }
    return [ONNXOperator("Sigmoid")]
      + (isPlain ? [] : [scaled("Mul", upper - lower), scaled("Add", lower)])
  }

  /// With s the unscaled sigmoid, the derivative is `s (1 - s) (upper - lower)`.
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

extension SIMD16<Float> {
  /// max(x, 0). NaN stays NaN, so that it is noticed.
  @inline(__always)
  var relu: Self { replacing(with: 0, where: self .<= 0) }

  /// 1 / (1 + e^-x) of each lane, with an error of at most 2e-7.
  var logistic: Self { Self(lowHalf: lowHalf.logistic, highHalf: highHalf.logistic) }
}

extension Tape {
  /// Returns max(x, 0) of each element, in the type, `float32` or `bfloat16`, and layout of the input. NaN stays NaN.
  package func relu(_ input: Variable) throws(TensorError) -> Variable {
    try apply(ReLU(), to: input)
  }

  /// Returns max(left + right, 0), elementwise, for inputs of the same shape, `float32` or `bfloat16`. Throws if the
  /// shapes differ.
  package func addReLU(_ left: Variable, _ right: Variable) throws(TensorError) -> Variable {
    try apply(AddReLU(), to: left, right)
  }

  /// Returns `1 / (1 + e^-x)` of each element, scaled to the range `lower ... upper`. Traps unless lower < upper.
  package func sigmoid(
    _ input: Variable, from lower: Float = 0, to upper: Float = 1
  ) throws(TensorError) -> Variable {
    precondition(lower < upper, "a sigmoid from \(lower) to \(upper)")
    return try apply(Sigmoid(lower: lower, upper: upper), to: input)
  }
}
