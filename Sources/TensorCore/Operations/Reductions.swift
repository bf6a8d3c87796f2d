/// The sum over some dimensions, times a factor.
struct ScaledSum: Operation {
  let name: String
  /// Counted from the outermost; sorted, none twice.
  let dimensions: [Int]
  let isMean: Bool

  /// The shape with the summed dimensions at length 1.
  private func keptShape(_ shape: Shape) -> Shape {
    var lengths = shape.dimensions
    for dimension in dimensions { lengths[dimension] = 1 }
    return Shape(lengths)
  }

  private func factor(_ shape: Shape) -> Float {
    isMean ? 1 / Float(dimensions.reduce(1) { $0 * shape[$1] }) : 1
  }

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    let input = inputs[0]
    let result = Shape(
      input.shape.dimensions.enumerated().filter { !dimensions.contains($0.offset) }
        .map(\.element))
    let sum = result.rank == 0 ? Tensor(input.sum) : input.summed(to: keptShape(input.shape))
    let factor = factor(input.shape)
    return try (isMean ? sum.mapped { $0 * factor } : sum).reshaped(to: result)
  }

  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let shape = inputs[0].shape
    let factor = factor(shape)
    let kept = try outputGradient.reshaped(to: keptShape(shape))
    return [
      .dense(
        try .combined(kept, .zeros(shape), operation: name) { gradient, _ in gradient * factor })
    ]
  }
}

extension Tensor {
  /// The sum of all elements: sums of 1,024 in single precision, added up in double.
  package var sum: Float {
    withElements { elements in
      var total = 0.0
      for start in stride(from: 0, to: elements.count, by: 1024) {
        var lanes = SIMD8<Float>()
        let end = min(start + 1024, elements.count)
        var position = start
        while position + 8 <= end {
          for lane in 0..<8 { lanes[lane] += elements[position + lane] }
          position += 8
        }
        while position < end {
          lanes[position & 7] += elements[position]
          position += 1
        }
        total += Double(lanes.sum())
      }
      return Float(total)
    }
  }
}

extension Tape {
  /// The sum over the given dimensions (counted from the outermost, or from behind when negative; all
  /// without any), which the result lacks. Traps on a dimension that is not there or comes twice.
  package func sum(
    _ input: Variable, over dimensions: Int...
  ) throws(TensorError) -> Variable {
    let positions = positions(of: dimensions, in: input.shape)
    return try apply(ScaledSum(name: "sum", dimensions: positions, isMean: false), to: input)
  }

  /// The mean over the given dimensions, as for ``sum(_:over:)``; NaN where there is nothing.
  package func mean(
    _ input: Variable, over dimensions: Int...
  ) throws(TensorError) -> Variable {
    let positions = positions(of: dimensions, in: input.shape)
    return try apply(ScaledSum(name: "mean", dimensions: positions, isMean: true), to: input)
  }

  private func positions(of dimensions: [Int], in shape: Shape) -> [Int] {
    if dimensions.isEmpty { return Array(0..<shape.rank) }
    let positions = dimensions.map { $0 < 0 ? $0 + shape.rank : $0 }.sorted()
    precondition(
      positions.allSatisfy((0..<shape.rank).contains) && Set(positions).count == positions.count,
      "no dimensions \(dimensions) in the shape \(shape)")
    return positions
  }
}
