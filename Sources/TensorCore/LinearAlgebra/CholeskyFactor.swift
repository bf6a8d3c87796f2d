import COpenBLAS

/// A symmetric positive definite matrix as a triangle times its transpose, in double precision: systems of equations with it
/// are solved in O(order²) for each right-hand side.
package struct CholeskyFactor: Sendable {
  private let numbers: [Double]
  /// The number of rows and columns.
  package let order: Int

  /// The factor of a symmetric matrix of `order` rows. Nil when it is not positive definite. By LAPACK (`dpotrf`) on one
  /// thread: O(order³). Traps unless the matrix is whole.
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

  /// The solutions for right-hand sides of ``order`` numbers each, one behind the other. Traps unless they are whole.
  package func solutions(for right: [Double]) -> [Double] {
    precondition(right.count % order == 0 && right.count / order <= Int32.max)
    guard !right.isEmpty else { return [] }
    var solutions = right
    var (order, count, info) = (Int32(order), Int32(right.count / order), Int32(0))
    dpotrs_("L", &order, &count, numbers, &order, &solutions, &order, &info)
    return solutions
  }
}

/// Products of matrices in double precision, row-major, by OpenBLAS on one thread.
package enum DoubleProduct {
  /// `left` of `rows` rows times `right`, whose rows have `columns` numbers. Traps unless they fit.
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
