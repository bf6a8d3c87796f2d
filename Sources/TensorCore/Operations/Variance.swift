/// The mean of the squared distances from the mean, over some dimensions.
struct Variance: Operation {
  let name = "variance"
  /// Counted from the outermost; sorted, none twice.
  let dimensions: [Int]
  /// What the sum of squares is divided by less than the number of elements: 0 for the variance of
  /// just these, 1 for the estimate of that of what they are drawn from.
  let correction: Int

  /// The elements less their mean.
  private func centred(_ input: Tensor) throws(TensorError) -> Tensor {
    let kept = input.shape.keeping(dimensions)
    let scale = 1 / Float(count(input.shape))
    let means = input.summed(to: kept).mapped { $0 * scale }
    return try .combined(input, means, operation: name, -)
  }

  private func count(_ shape: Shape) -> Int { dimensions.reduce(1) { $0 * shape[$1] } }

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    let input = inputs[0]
    let scale = 1 / Float(max(count(input.shape) - correction, 0))
    let squares = try centred(input).mapped { $0 * $0 }.summed(to: input.shape.keeping(dimensions))
    return try squares.mapped { $0 * scale }.reshaped(to: input.shape.without(dimensions))
  }

  /// By each element, with n of them: 2 (x - mean) / (n - correction).
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let shape = inputs[0].shape
    let scale = 2 / Float(max(count(shape) - correction, 0))
    let kept = try outputGradient.reshaped(to: shape.keeping(dimensions))
    let gradient = try Tensor.combined(centred(inputs[0]), kept, operation: name) {
      $0 * $1 * scale
    }
    return [.dense(gradient)]
  }
}

extension Tape {
  /// The mean squared distance from the mean over the given dimensions, as for ``sum(_:over:)``:
  /// divided by the number of elements less `correction`. NaN, or infinite, where none are left.
  package func variance(
    _ input: Variable, over dimensions: Int..., correction: Int = 0
  ) throws(TensorError) -> Variable {
    let positions = input.shape.positions(of: dimensions)
    return try apply(Variance(dimensions: positions, correction: correction), to: input)
  }
}
