import Errors

/// max(x + y, 0), element by element, of two tensors of one shape: how a residual block ends, in one
/// pass over the memory.
struct RectifiedSum: Operation {
  let name = "rectified sum"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    guard inputs[0].shape == inputs[1].shape else {
      throw .shapes(
        inputs[0].shape, inputs[1].shape, in: name, remedy: "Both must have the same shape.")
    }
    for input in inputs { try input.expectFloats(name) }
    // Written so that NaN stays NaN and is noticed.
    return try inputs[0].combinedAsStored(inputs[1]) { left, right in
      let sum = left + right
      return sum.replacing(with: 0, where: sum .<= 0)
    }
  }

  /// The same for both.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let gradient = Gradient.dense(try outputGradient.kept(wherePositive: output))
    return needed.map { $0 ? gradient : nil }
  }
}

extension Tape {
  /// max(left + right, 0), element by element, of one shape, `float32` or `bfloat16`. Throws when the
  /// shapes differ.
  package func rectifiedSum(_ left: Variable, _ right: Variable) throws(TensorError) -> Variable {
    try apply(RectifiedSum(), to: left, right)
  }
}
