import COpenBLAS
import ExplainedErrors

/// The product of two matrices.
struct MatrixProduct: Operation {
  let name = "matrix product"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 2)
    return try .product(inputs[0], inputs[1])
  }

  /// With C = A B: dA = dC Bᵀ, dB = Aᵀ dC.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    [
      needed[0]
        ? .dense(try .product(outputGradient, inputs[1], transposingRight: true)) : nil,
      needed[1]
        ? .dense(try .product(inputs[0], outputGradient, transposingLeft: true)) : nil,
    ]
  }
}

/// The product of a matrix with another's transpose: how a linear layer's weight is kept.
struct TransposedMatrixProduct: Operation {
  let name = "matrix product with transposed right side"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 2)
    return try .product(inputs[0], inputs[1], transposingRight: true)
  }

  /// With C = A Bᵀ: dA = dC B, dB = dCᵀ A.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    [
      needed[0] ? .dense(try .product(outputGradient, inputs[1])) : nil,
      needed[1] ? .dense(try .product(outputGradient, inputs[0], transposingLeft: true)) : nil,
    ]
  }
}

extension Tensor {
  /// The matrix product of `left` and `right`, either transposed first where asked for, by OpenBLAS
  /// on one thread. Complexity: O(rows x inner x columns).
  ///
  /// Throws unless both are matrices of `float32` whose inner lengths agree.
  package static func product(
    _ left: Tensor, _ right: Tensor, transposingLeft: Bool = false, transposingRight: Bool = false
  ) throws(TensorError) -> Tensor {
    let name = "matrix product"
    guard left.shape.rank == 2, right.shape.rank == 2 else {
      throw .shapes(left.shape, right.shape, in: name, remedy: "Both sides must be matrices.")
    }
    let rows = left.shape[transposingLeft ? 1 : 0]
    let inner = left.shape[transposingLeft ? 0 : 1]
    let columns = right.shape[transposingRight ? 0 : 1]
    guard inner == right.shape[transposingRight ? 1 : 0] else {
      let sides =
        (transposingLeft ? "left side transposed, " : "")
        + (transposingRight ? "right side transposed, " : "")
      throw .shapes(
        left.shape, right.shape, in: name,
        remedy: "With \(sides)as many columns on the left as rows on the right are needed."
          .replacing(", as", with: " as"))
    }
    guard max(rows, inner, columns) <= Int32.max else {
      throw .shapes(
        left.shape, right.shape, in: name, remedy: "No side may be longer than \(Int32.max).")
    }
    MatrixKernels.setUp
    return Tensor([rows, columns]) { output in
      guard inner > 0, output.count > 0 else { return output.initialize(repeating: 0) }
      left.withElements { left in
        right.withElements { right in
          cblas_sgemm(
            CblasRowMajor, transposingLeft ? CblasTrans : CblasNoTrans,
            transposingRight ? CblasTrans : CblasNoTrans, Int32(rows), Int32(columns), Int32(inner),
            1, left.baseAddress, Int32(left.count / (transposingLeft ? inner : rows)),
            right.baseAddress, Int32(transposingRight ? inner : columns), 0, output.baseAddress,
            Int32(columns))
        }
      }
    }
  }
}

extension Tape {
  /// The matrix product `[n, k] x [k, m]`. Throws when the inner lengths differ.
  package func multiplyMatrices(
    _ left: Variable, _ right: Variable
  ) throws(TensorError) -> Variable {
    try apply(MatrixProduct(), to: left, right)
  }

  /// The product `[n, k] x [m, k]` with the right side transposed. Throws when the inner lengths
  /// differ.
  package func multiplyMatrices(
    _ left: Variable, byTransposed right: Variable
  ) throws(TensorError) -> Variable {
    try apply(TransposedMatrixProduct(), to: left, right)
  }
}
