import COpenBLAS

/// The Cholesky factorisation of a symmetric positive definite matrix in double precision, for solving linear systems
/// in O(order²) per right-hand side.
package struct CholeskyFactor: Sendable {
  private let numbers: [Double]
  /// The number of rows and columns.
  package let order: Int

  /// Factorises a symmetric matrix of `order` rows, by LAPACK (`dpotrf`) on one thread: O(order³). Returns nil if it is
  /// not positive definite. Traps unless the matrix is complete.
  package init?(of matrix: [Double], order: Int) {
    precondition(order > 0 && matrix.count == order * order && order <= Int32.max)
    MatrixKernels.setUp
    var numbers = matrix
    var (count, info) = (Int32(order), Int32(0))
    dpotrf_("L", &count, &numbers, &count, &info)
    guard info == 0 else { return nil }
    self.numbers = numbers
    self.order = order
  }

  /// Returns the solutions for consecutive right-hand sides of ``order`` numbers each. Traps unless they are complete.
  package func solutions(for right: [Double]) -> [Double] {
    precondition(right.count % order == 0 && right.count / order <= Int32.max)
    guard !right.isEmpty else { return [] }
    var solutions = right
    var (order, count, info) = (Int32(order), Int32(right.count / order), Int32(0))
    dpotrs_("L", &order, &count, numbers, &order, &solutions, &order, &info)
    return solutions
  }
}

/// Double-precision products of row-major matrices, by OpenBLAS on one thread.
package enum DoubleProduct {
  /// Returns `left`, with `rows` rows, times `right`, with `columns` columns. Traps unless the sizes match.
  package static func of(_ left: [Double], rows: Int, _ right: [Double], columns: Int) -> [Double] {
    guard rows > 0, columns > 0, !left.isEmpty else {
      return [Double](repeating: 0, count: rows * columns)
    }
    let inner = left.count / rows
    precondition(left.count == rows * inner && right.count == inner * columns)
    precondition(max(rows, columns, inner) <= Int32.max)
    MatrixKernels.setUp
    var product = [Double](repeating: 0, count: rows * columns)
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(inner), 1,
      left, Int32(inner), right, Int32(columns), 0, &product, Int32(columns))
    return product
  }
}
