import COpenBLAS
import Errors

extension Tensor {
  /// The matrix product of `left` and `right`, either transposed first where asked for, by OpenBLAS
  /// on one thread: `[..., n, k] x [..., k, m]`. Dimensions in front of the last two make batches,
  /// which are broadcast. Complexity: O(batch x rows x inner x columns).
  ///
  /// Throws unless both are at least matrices, of `float32`, whose inner lengths agree and whose
  /// batches broadcast.
  package static func product(
    _ left: Tensor, _ right: Tensor, transposingLeft: Bool = false, transposingRight: Bool = false
  ) throws(TensorError) -> Tensor {
    let name = "matrix product"
    guard left.shape.rank >= 2, right.shape.rank >= 2 else {
      throw .shapes(left.shape, right.shape, in: name, remedy: "Both sides must be matrices.")
    }
    // Rows of several matrices times one matrix are rows times a matrix.
    if left.shape.rank > 2, right.shape.rank == 2, !transposingLeft {
      let rows = try product(try left.asRows(), right, transposingRight: transposingRight)
      return try rows.reshaped(
        to: Shape(left.shape.dimensions.dropLast() + [rows.shape[1]]))
    }
    let single = try MatrixPair(
      left.shape, right.shape, transposingLeft: transposingLeft,
      transposingRight: transposingRight)
    let batch: Broadcast
    do throws(TensorError) {
      batch = try Broadcast(left.shape.batch, right.shape.batch, operation: name)
    } catch {
      throw .shapes(
        left.shape, right.shape, in: name,
        remedy: "Without the last two, the dimensions must broadcast.")
    }
    MatrixKernels.setUp
    let result = Shape(batch.shape.dimensions + [single.rows, single.columns])
    return Tensor(result) { output in
      guard single.inner > 0, output.count > 0 else { return output.initialize(repeating: 0) }
      left.withElements { left in
        right.withElements { right in
          batch.forEachRun { to, leftStart, rightStart, run in
            for step in 0..<run.length {
              single.multiply(
                left.baseAddress.unsafelyUnwrapped
                  + (leftStart + step * run.leftStride) * single.rows * single.inner,
                right.baseAddress.unsafelyUnwrapped
                  + (rightStart + step * run.rightStride) * single.inner * single.columns,
                to: output.baseAddress.unsafelyUnwrapped
                  + (to + step) * single.rows * single.columns)
            }
          }
        }
      }
    }
  }
}

extension Shape {
  /// The dimensions in front of the last two.
  fileprivate var batch: Shape { Shape(dimensions.dropLast(2)) }
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
