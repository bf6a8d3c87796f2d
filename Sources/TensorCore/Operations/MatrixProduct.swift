import COpenBLAS
import Errors

/// The product of two matrices, with an optional transpose of the right one. Leading dimensions of the left side are
/// flattened into rows of one matrix.
struct MatrixProduct: Operation {
  let name: String
  /// Whether the right side is transposed, as the weight of a linear layer is stored.
  let isRightTransposed: Bool

  init(isRightTransposed: Bool = false) {
    self.isRightTransposed = isRightTransposed
    name = "matrix product" + (isRightTransposed ? " with transposed right side" : "")
  }

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 2)
    return try .product(inputs[0], inputs[1], transposingRight: isRightTransposed)
  }

  func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator] {
    guard isRightTransposed else { return [ONNXOperator("MatMul")] }
    return inputs[0].shape.rank == 2 ? [ONNXOperator("Gemm", [("transB", .integer(1))])] : []
  }

  /// With C = A B: dA = dC Bᵀ, dB = Aᵀ dC. With C = A Bᵀ: dA = dC B, dB = dCᵀ A.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    var gradients: [Gradient?] = [nil, nil]
    if needed[0] {
      gradients[0] = .dense(
        try .product(outputGradient, inputs[1], transposingRight: !isRightTransposed))
    }
    if needed[1] {
      let (left, gradient) = (try inputs[0].asRows(), try outputGradient.asRows())
      gradients[1] = .dense(
        isRightTransposed
          ? try .product(gradient, left, transposingLeft: true)
          : try .product(left, gradient, transposingLeft: true))
    }
    return gradients
  }
}

extension Tensor {
  /// Returns the tensor as a matrix of all its innermost rows.
  fileprivate func asRows() throws(TensorError) -> Tensor {
    try reshaped(to: [shape.dimensions.dropLast().reduce(1, *), shape[-1]])
  }
}

extension Tape {
  /// Returns the matrix product `[..., n, k] x [k, m]`. Throws if the inner lengths differ.
  package func matmul(_ left: Variable, _ right: Variable) throws(TensorError) -> Variable {
    try apply(MatrixProduct(), to: left, right)
  }

  /// Returns the product `[..., n, k] x [m, k]`, with the right side transposed. Throws if the inner lengths differ.
  package func matmul(
    _ left: Variable, transposed right: Variable
  ) throws(TensorError) -> Variable {
    try apply(MatrixProduct(isRightTransposed: true), to: left, right)
  }
}

extension Tensor {
  /// Returns the matrix product `[..., n, k] x [k, m]`, with optional transposes, by OpenBLAS. Complexity: O(rows x
  /// inner x columns).
  ///
  /// The shapes alone determine how rows are split into parts, each computed on one thread. The bits are thus the same
  /// for any number of threads.
  ///
  /// Throws unless the elements are `float32`, the right side is a matrix and the inner lengths agree. The left side
  /// must have at least two dimensions, exactly two if it is transposed.
  package static func product(
    _ left: Tensor, _ right: Tensor, transposingLeft: Bool = false, transposingRight: Bool = false
  ) throws(TensorError) -> Tensor {
    let product = try MatrixPair(
      left.shape, right.shape, transposingLeft: transposingLeft,
      transposingRight: transposingRight)
    MatrixKernels.setUp
    return Tensor(product.shape) { output in
      guard product.inner > 0, !output.isEmpty, let output = output.baseAddress else {
        return output.initialize(repeating: 0)
      }
      left.withElements { left in
        right.withElements { right in
          product.multiply(
            left.baseAddress.unsafelyUnwrapped, right.baseAddress.unsafelyUnwrapped, to: output)
        }
      }
    }
  }
}

/// The dimensions of a product, `[rows, inner] x [inner, columns]`, and which sides are transposed.
private struct MatrixPair {
  let rows: Int
  let inner: Int
  let columns: Int
  /// The shape of the result.
  let shape: Shape
  private let transposingLeft: Bool
  private let transposingRight: Bool

  /// The number of multiplications that justifies a thread.
  private static let grain = 1 << 22

  init(
    _ left: Shape, _ right: Shape, transposingLeft: Bool, transposingRight: Bool
  ) throws(TensorError) {
    guard left.rank == 2 || (left.rank > 2 && !transposingLeft), right.rank == 2 else {
      throw .shapes(left, right, in: "matrix product", remedy: "Both sides must be matrices.")
    }
    inner = left[transposingLeft ? -2 : -1]
    columns = right[transposingRight ? -2 : -1]
    let outer = transposingLeft ? [left[-1]] : Array(left.dimensions.dropLast())
    rows = outer.reduce(1, *)
    shape = Shape(outer + [columns])
    self.transposingLeft = transposingLeft
    self.transposingRight = transposingRight
    guard inner == right[transposingRight ? -1 : -2] else {
      let sides = [transposingLeft ? "left" : nil, transposingRight ? "right" : nil]
        .compactMap(\.self).joined(separator: " and ")
      throw .shapes(
        left, right, in: "matrix product",
        remedy: (sides.isEmpty ? "As" : "With the \(sides) side transposed, as")
          + " many columns on the left as rows on the right are needed.")
    }
    guard max(rows, inner, columns) <= Int32.max else {
      throw .shapes(
        left, right, in: "matrix product", remedy: "No side may be longer than \(Int32.max).")
    }
  }

  /// Writes the product of the matrices at the given addresses. No dimension may be 0.
  func multiply(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>,
    to output: UnsafeMutablePointer<Float>
  ) {
    // A multiple of OpenBLAS's row block.
    let size = max(64, (Self.grain / (inner * columns) + 63) / 64 * 64)
    ParallelLoop.run((rows + size - 1) / size, on: .current) { part in
      let first = part * size
      cblas_sgemm(
        CblasRowMajor, transposingLeft ? CblasTrans : CblasNoTrans,
        transposingRight ? CblasTrans : CblasNoTrans, Int32(min(size, rows - first)),
        Int32(columns), Int32(inner), 1, left + first * (transposingLeft ? 1 : inner),
        Int32(transposingLeft ? rows : inner), right, Int32(transposingRight ? inner : columns), 0,
        output + first * columns, Int32(columns))
    }
  }
}
