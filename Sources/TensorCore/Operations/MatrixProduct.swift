/// The product of two matrices, or of two batches of matrices, either transposed first where asked.
struct MatrixProduct: Operation {
  let name: String
  /// Whether the right side is transposed: how a linear layer's weight is kept.
  let isRightTransposed: Bool

  init(isRightTransposed: Bool = false) {
    self.isRightTransposed = isRightTransposed
    name = "matrix product" + (isRightTransposed ? " with transposed right side" : "")
  }

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 2)
    return try .product(inputs[0], inputs[1], transposingRight: isRightTransposed)
  }

  /// With C = A B: dA = dC Bᵀ, dB = Aᵀ dC. With C = A Bᵀ: dA = dC B, dB = dCᵀ A. A matrix that was
  /// used for several others gets the sum.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let (left, right) = (inputs[0], inputs[1])
    var gradients: [Gradient?] = [nil, nil]
    if needed[0] {
      let full = try Tensor.product(
        outputGradient, right, transposingRight: !isRightTransposed)
      gradients[0] = .dense(full.summed(to: left.shape))
    }
    if needed[1] {
      // One right side for all rows of a batch: the sum over the batch is one product.
      let isShared = right.shape.rank == 2
      let rows = isShared ? try left.asRows() : left
      let gradient = isShared ? try outputGradient.asRows() : outputGradient
      let full =
        isRightTransposed
        ? try Tensor.product(gradient, rows, transposingLeft: true)
        : try Tensor.product(rows, gradient, transposingLeft: true)
      gradients[1] = .dense(full.summed(to: right.shape))
    }
    return gradients
  }
}

extension Tensor {
  /// All rows of a batch of matrices as one matrix. Traps when there are fewer than two dimensions.
  func asRows() throws(TensorError) -> Tensor {
    if shape.rank == 2 { return self }
    return try reshaped(to: [shape.dimensions.dropLast().reduce(1, *), shape[-1]])
  }
}

extension Tape {
  /// The matrix product `[..., n, k] x [..., k, m]`, for each of a batch of matrices where there are
  /// more dimensions, which are broadcast. Throws when the inner lengths differ, or the batches do
  /// not broadcast.
  package func multiplyMatrices(
    _ left: Variable, _ right: Variable
  ) throws(TensorError) -> Variable {
    try apply(MatrixProduct(), to: left, right)
  }

  /// The product `[..., n, k] x [..., m, k]` with the right side transposed, otherwise as
  /// ``multiplyMatrices(_:_:)``.
  package func multiplyMatrices(
    _ left: Variable, byTransposed right: Variable
  ) throws(TensorError) -> Variable {
    try apply(MatrixProduct(isRightTransposed: true), to: left, right)
  }
}
