import COpenBLAS
import Errors

extension Tensor {
  /// The matrix product of `left` and `right`, either transposed first where asked for, by OpenBLAS:
  /// `[n, k] x [k, m]`. Complexity: O(rows x inner x columns).
  ///
  /// Throws unless both are matrices of `float32` whose inner lengths agree.
  package static func product(
    _ left: Tensor, _ right: Tensor, transposingLeft: Bool = false, transposingRight: Bool = false
  ) throws(TensorError) -> Tensor {
    let product = try MatrixPair(
      left.shape, right.shape, transposingLeft: transposingLeft,
      transposingRight: transposingRight)
    MatrixKernels.setUp
    return Tensor([product.rows, product.columns]) { output in
      guard product.inner > 0, let output = output.baseAddress, product.rows * product.columns > 0
      else { return output.initialize(repeating: 0) }
      left.withElements { left in
        right.withElements { right in
          product.multiply(
            left.baseAddress.unsafelyUnwrapped, right.baseAddress.unsafelyUnwrapped, to: output)
        }
      }
    }
  }
}

/// The lengths of one product: `[rows, inner] x [inner, columns]`, and how either side is kept.
private struct MatrixPair {
  let rows: Int
  let inner: Int
  let columns: Int
  private let transposingLeft: Bool
  private let transposingRight: Bool

  init(
    _ left: Shape, _ right: Shape, transposingLeft: Bool, transposingRight: Bool
  ) throws(TensorError) {
    guard left.rank == 2, right.rank == 2 else {
      throw .shapes(left, right, in: "matrix product", remedy: "Both sides must be matrices.")
    }
    rows = left[transposingLeft ? -1 : -2]
    inner = left[transposingLeft ? -2 : -1]
    columns = right[transposingRight ? -2 : -1]
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

  /// Writes the product of the matrices that begin at the given places. Nothing may be empty.
  func multiply(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>,
    to output: UnsafeMutablePointer<Float>
  ) {
    cblas_sgemm(
      CblasRowMajor, transposingLeft ? CblasTrans : CblasNoTrans,
      transposingRight ? CblasTrans : CblasNoTrans, Int32(rows), Int32(columns), Int32(inner), 1,
      left, Int32(transposingLeft ? rows : inner), right,
      Int32(transposingRight ? inner : columns), 0, output, Int32(columns))
  }
}
