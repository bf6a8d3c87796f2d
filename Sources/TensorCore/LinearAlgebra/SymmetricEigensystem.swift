import COpenBLAS

/// The eigenvalues and eigenvectors of a symmetric matrix.
package struct SymmetricEigensystem: Sendable {
  /// The eigenvalues in ascending order.
  package let values: [Float]
  /// The unit eigenvectors, one per row, in the order of their values.
  package let vectors: [Float]

  /// The number of eigenvalues.
  package var order: Int { values.count }

  /// Creates a system from known values and vectors.
  package init(values: [Float], vectors: [Float]) {
    precondition(vectors.count == values.count * values.count)
    self.values = values
    self.vectors = vectors
  }

  /// Decomposes the first `order` rows and columns of a row-major matrix with the given row stride, by LAPACK
  /// (`ssyevd`) on one thread: O(order³). Returns nil if the matrix is not finite.
  package init?(of matrix: [Float], order: Int, stride: Int) {
    precondition(order > 0 && order <= stride && matrix.count >= order * stride)
    guard matrix.allSatisfy(\.isFinite) else { return nil }
    MatrixKernels.setUp
    var vectors = [Float](repeating: 0, count: order * order)
    for row in 0..<order {
      for column in 0..<order { vectors[row * order + column] = matrix[row * stride + column] }
    }
    var values = [Float](repeating: 0, count: order)
    var work = [Float](repeating: 0, count: 1 + 6 * order + 2 * order * order)
    var integers = [Int32](repeating: 0, count: 3 + 5 * order)
    var count = Int32(order)
    var (workCount, integerCount) = (Int32(work.count), Int32(integers.count))
    var info: Int32 = 0
    ssyevd_(
      "V", "L", &count, &vectors, &count, &values, &work, &workCount, &integers, &integerCount,
      &info)
    guard info == 0 else { return nil }
    self.values = values
    // LAPACK's columns are the rows here.
    self.vectors = vectors
  }

  /// Replaces the first ``order`` numbers of each row of `stride` by their products with the eigenvectors: the row's
  /// coordinates in that basis. Works on chunks of rows, on any number of threads.
  package func changeBasis(
    of rows: UnsafeMutableBufferPointer<Float>, stride: Int, in context: ComputeContext
  ) {
    precondition(order <= stride && rows.count % stride == 0)
    guard let start = rows.baseAddress else { return }
    MatrixKernels.setUp
    let size = 256
    let rowCount = rows.count / stride
    ParallelLoop.run((rowCount + size - 1) / size, on: context) { chunk in
      let first = start + chunk * size * stride
      let count = min(size, rowCount - chunk * size)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: count * order) { old in
        guard let copy = old.baseAddress else { return }
        for row in 0..<count {
          (copy + row * order).initialize(from: first + row * stride, count: order)
        }
        cblas_sgemm(
          CblasRowMajor, CblasNoTrans, CblasTrans, Int32(count), Int32(order), Int32(order), 1,
          copy, Int32(order), vectors, Int32(order), 0, first, Int32(stride))
      }
    }
  }
}
