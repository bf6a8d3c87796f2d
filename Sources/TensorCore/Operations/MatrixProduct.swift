import Errors

/// The product of two matrices, the right one transposed where asked. More dimensions in front of the
/// left side's last are rows of one matrix.
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
    let rows = try inputs[0].asRows(for: inputs[1])
    let product = try Tensor.product(rows, inputs[1], transposingRight: isRightTransposed)
    return try product.reshaped(
      to: Shape(inputs[0].shape.dimensions.dropLast() + [product.shape[1]]))
  }

  /// With C = A B: dA = dC Bᵀ, dB = Aᵀ dC. With C = A Bᵀ: dA = dC B, dB = dCᵀ A.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let (left, right) = (inputs[0], inputs[1])
    let gradient = try outputGradient.asRows(for: right)
    var gradients: [Gradient?] = [nil, nil]
    if needed[0] {
      let full = try Tensor.product(gradient, right, transposingRight: !isRightTransposed)
      gradients[0] = .dense(try full.reshaped(to: left.shape))
    }
    if needed[1] {
      let rows = try left.asRows(for: right)
      gradients[1] = .dense(
        isRightTransposed
          ? try .product(gradient, rows, transposingLeft: true)
          : try .product(rows, gradient, transposingLeft: true))
    }
    return gradients
  }
}

extension Tensor {
  /// The rows of all matrices as one matrix, to be multiplied by `right`. Throws when there are no rows.
  fileprivate func asRows(for right: Tensor) throws(TensorError) -> Tensor {
    guard shape.rank >= 2 else {
      throw .shapes(
        shape, right.shape, in: "matrix product", remedy: "Both sides must be matrices.")
    }
    return try reshaped(to: [shape.dimensions.dropLast().reduce(1, *), shape[-1]])
  }
}

extension Tape {
  /// The matrix product `[..., n, k] x [k, m]`. Throws when the inner lengths differ.
  package func matmul(_ left: Variable, _ right: Variable) throws(TensorError) -> Variable {
    try apply(MatrixProduct(), to: left, right)
  }

  /// The product `[..., n, k] x [m, k]` with the right side transposed. Throws when the inner lengths
  /// differ.
  package func matmul(
    _ left: Variable, transposed right: Variable
  ) throws(TensorError) -> Variable {
    try apply(MatrixProduct(isRightTransposed: true), to: left, right)
  }
}
