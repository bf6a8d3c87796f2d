import COpenBLAS

/// The Gram matrix of a matrix's columns.
package enum GramMatrix {
  /// The maximum number of partial sums held at a time, and the minimum number of rows for each.
  private static let (partCount, leastRows) = (32, 2048)

  /// Returns `RᵀR` for the matrix R given by `rows`, each of `length` numbers. The result is symmetric, row-major,
  /// `length` x `length`. Traps unless the rows are complete.
  ///
  /// OpenBLAS computes sums over chunks of rows, each on one thread, which are then added in order. The chunks depend
  /// only on the number of rows, so the bits are the same for any number of threads. O(rows x length²).
  package static func of(
    _ rows: UnsafeBufferPointer<Float>, length: Int, in context: ComputeContext
  ) -> [Float] {
    precondition(length > 0 && rows.count % length == 0 && length <= Int32.max)
    MatrixKernels.setUp
    let rowCount = rows.count / length
    guard let start = rows.baseAddress, rowCount > 0 else {
      return [Float](repeating: 0, count: length * length)
    }
    // The address may be passed to other threads, which only read from it.
    let address = UInt(bitPattern: start)
    let size = min(max(leastRows, (rowCount + partCount - 1) / partCount), Int(Int32.max))
    let sums = context.mapChunks(of: rowCount, size: size) { chunk -> [Float] in
      [Float](unsafeUninitializedCapacity: length * length) { sum, initializedCount in
        sum.initialize(repeating: 0)
        let first = UnsafePointer<Float>(bitPattern: address).unsafelyUnwrapped
        cblas_ssyrk(
          CblasRowMajor, CblasUpper, CblasTrans, Int32(length), Int32(chunk.count), 1,
          first + chunk.lowerBound * length, Int32(length), 0, sum.baseAddress, Int32(length))
        initializedCount = length * length
      }
    }
    var total = sums[0]
    for sum in sums.dropFirst() {
      for position in total.indices { total[position] += sum[position] }
    }
    for row in 0..<length {
      for column in 0..<row { total[row * length + column] = total[column * length + row] }
    }
    return total
  }
}
