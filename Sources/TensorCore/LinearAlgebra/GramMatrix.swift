import COpenBLAS

/// The products of the columns of a matrix with one another.
package enum GramMatrix {
  /// The most partial sums that are held at a time, and the fewest rows that are worth one.
  private static let (partCount, leastRows) = (32, 2048)

  /// `RᵀR` of the matrix R whose rows of `length` numbers are `rows`: symmetric, row-major, `length` x
  /// `length`. Traps unless the rows are whole.
  ///
  /// Sums over chunks of rows, which follow from the numbers of rows alone, by OpenBLAS on a thread each,
  /// and then over the chunks in order: the same bits whatever the number of threads. O(rows x length²).
  package static func of(
    _ rows: UnsafeBufferPointer<Float>, length: Int, in context: ComputeContext
  ) -> [Float] {
    precondition(length > 0 && rows.count % length == 0 && length <= Int32.max)
    MatrixKernels.setUp
    let rowCount = rows.count / length
    guard let start = rows.baseAddress, rowCount > 0 else {
      return [Float](repeating: 0, count: length * length)
    }
    // Addresses may go to other threads, which only read there.
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
