/// The same elements with the dimensions in another order.
struct Permutation: Operation {
  let name = "permutation"
  /// For each dimension of the result the input's, counted from the outermost.
  let order: [Int]

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    return inputs[0].permuted(order)
  }

  /// The permutation that undoes this one.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) -> [Gradient?] {
    var inverse = order
    for (result, input) in order.enumerated() { inverse[input] = result }
    return [.dense(outputGradient.permuted(inverse))]
  }
}

extension Tensor {
  /// The same elements with the dimensions in another order, of any type: `order` names for each
  /// dimension of the result this tensor's, from the outermost, or from behind when negative. Traps
  /// unless each is named once. Complexity: O(n), copied block by block.
  package func permuted(_ order: [Int]) -> Tensor {
    let positions = order.map { shape.position(of: $0) }
    precondition(
      Set(positions).count == shape.rank && positions.count == shape.rank,
      "\(order) is no order of the dimensions of \(shape)")
    let strides = shape.rowMajorStrides
    let result = Shape(positions.map { shape[$0] })
    return copied(result, StridedRuns(result, strides: positions.map { strides[$0] }))
  }
}

extension Tape {
  /// The same elements with the dimensions in another order; see ``Tensor/permuted(_:)``.
  package func permute(_ input: Variable, to order: Int...) throws(TensorError) -> Variable {
    try apply(Permutation(order: order.map { input.shape.position(of: $0) }), to: input)
  }

  /// The matrix, or each of a batch of matrices, with rows and columns exchanged. Traps when there
  /// are fewer than two dimensions.
  package func transpose(_ input: Variable) throws(TensorError) -> Variable {
    precondition(input.shape.rank >= 2, "\(input.shape) is no matrix")
    let last = input.shape.rank - 1
    return try apply(
      Permutation(order: Array(0..<last - 1) + [last, last - 1]), to: input)
  }
}
