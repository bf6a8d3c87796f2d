/// The sum over some dimensions, times a factor.
struct ScaledSum: Operation {
  let name: String
  /// Counted from the outermost; sorted, none twice.
  let dimensions: [Int]
  let isMean: Bool

  private func factor(_ shape: Shape) -> Float {
    isMean ? 1 / Float(dimensions.reduce(1) { $0 * shape[$1] }) : 1
  }

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    let input = inputs[0]
    let result = input.shape.without(dimensions)
    let sum =
      result.rank == 0 ? Tensor(input.sum) : input.summed(to: input.shape.keeping(dimensions))
    let factor = factor(input.shape)
    return try (isMean ? sum.mapped { $0 * factor } : sum).reshaped(to: result)
  }

  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let shape = inputs[0].shape
    let factor = factor(shape)
    let kept = try outputGradient.reshaped(to: shape.keeping(dimensions))
    return [
      .dense(
        try .combined(kept, .zeros(shape), operation: name) { gradient, _ in gradient * factor })
    ]
  }
}

extension Tensor {
  /// The sum of all elements: sums of 1,024 in single precision, added up in double.
  package var sum: Float { withElements { $0.sum } }
}

extension Tape {
  /// The sum over the given dimensions (counted from the outermost, or from behind when negative; all
  /// without any), which the result lacks. Traps on a dimension that is not there or comes twice.
  package func sum(
    _ input: Variable, over dimensions: Int...
  ) throws(TensorError) -> Variable {
    let positions = input.shape.positions(of: dimensions)
    return try apply(ScaledSum(name: "sum", dimensions: positions, isMean: false), to: input)
  }

  /// The mean over the given dimensions, as for ``sum(_:over:)``; NaN where there is nothing.
  package func mean(
    _ input: Variable, over dimensions: Int...
  ) throws(TensorError) -> Variable {
    let positions = input.shape.positions(of: dimensions)
    return try apply(ScaledSum(name: "mean", dimensions: positions, isMean: true), to: input)
  }
}

extension Shape {
  /// `dimensions` counted from the outermost, sorted; all without any. Traps on one that is not
  /// there or comes twice.
  func positions(of dimensions: [Int]) -> [Int] {
    if dimensions.isEmpty { return Array(0..<rank) }
    let positions = dimensions.map { position(of: $0) }.sorted()
    precondition(
      Set(positions).count == positions.count, "\(dimensions) of \(self) come twice")
    return positions
  }

  /// The shape with the given dimensions at length 1.
  func keeping(_ positions: [Int]) -> Shape {
    var lengths = dimensions
    for position in positions { lengths[position] = 1 }
    return Shape(lengths)
  }

  /// The shape without the given dimensions.
  func without(_ positions: [Int]) -> Shape {
    Shape(dimensions.indices.filter { !positions.contains($0) }.map { dimensions[$0] })
  }
}
