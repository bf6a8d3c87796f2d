import COpenBLAS

/// A large symmetric positive definite matrix that is filled and then inverted in place.
///
/// The order alone determines how work is split into tiles, each computed by OpenBLAS on one thread. The bits are thus
/// the same for any number of threads.
///
/// `@unchecked Sendable`: each tile is written by one thread, and none is read before all tiles of a round are done.
package final class SymmetricInverse: @unchecked Sendable {
  /// The number of columns of a tile.
  private static let tile = 192

  /// The number of rows and columns.
  package let order: Int
  private let numbers: UnsafeMutableBufferPointer<Float>
  private var base: UnsafeMutablePointer<Float> { numbers.baseAddress.unsafelyUnwrapped }

  /// Creates a matrix of zeros. Takes 4 x order² bytes.
  package init(order: Int) {
    precondition(order > 0 && order <= Int32.max)
    self.order = order
    numbers = .allocate(capacity: order * order)
    numbers.initialize(repeating: 0)
  }

  deinit { numbers.deallocate() }

  /// Calls `body` with row `row` of the matrix. Different rows may be accessed by different threads at the same time.
  package func withRow<Result>(
    _ row: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Result
  ) -> Result {
    precondition(row >= 0 && row < order)
    return body(
      UnsafeMutableBufferPointer(rebasing: numbers[row * order..<(row + 1) * order]))
  }

  private func address(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Float> {
    base + row * order + column
  }

  private func columns(_ tile: Int) -> Range<Int> {
    tile * Self.tile..<min(order, (tile + 1) * Self.tile)
  }

  private var tileCount: Int { (order + Self.tile - 1) / Self.tile }

  /// Replaces the matrix, of which only the diagonal and lower triangle are read, by its full inverse. Returns false,
  /// with undefined contents, if it is not positive definite in single precision.
  ///
  /// Computes the Cholesky factor L by columns of tiles (LAPACK's `spotrf` within a tile). Then solves `L Y = I` and
  /// `Lᵀ X = Y` independently for each column of tiles of the inverse. X is stored transposed in the upper triangle,
  /// which nothing reads, until all are done. O(order³); needs 4 x order x tile more bytes per thread.
  ///
  /// `isCancelled` is called before each column of tiles, from any thread. Once it returns true, the result is false.
  package func invert(
    in context: ComputeContext, isCancelled: @Sendable () -> Bool = { false }
  ) -> Bool {
    MatrixKernels.setUp
    guard factor(in: context, isCancelled) else { return false }
    let corners = context.mapChunks(of: tileCount, size: 1) {
      isCancelled() ? [] : self.solve($0.lowerBound)
    }
    guard corners.allSatisfy({ !$0.isEmpty }) else { return false }
    context.forEachPart(of: tileCount) { tiles in
      for tile in tiles {
        let columns = self.columns(tile)
        for row in columns {
          for column in columns {
            self.address(row, column).pointee =
              corners[tile][
                (row - columns.lowerBound) * columns.count + column - columns.lowerBound]
          }
        }
      }
    }
    mirror(in: context)
    return true
  }

  /// Replaces the diagonal and lower triangle by the Cholesky factor. Returns false if the matrix is not positive
  /// definite in single precision, or if `isCancelled` returns true before a column of tiles.
  private func factor(in context: ComputeContext, _ isCancelled: () -> Bool) -> Bool {
    let stride = Int32(order)
    for tile in 0..<tileCount {
      if isCancelled() { return false }
      let own = columns(tile)
      let (start, width) = (own.lowerBound, Int32(own.count))
      // Subtracts the contribution of the columns to the left.
      if tile > 0 {
        ParallelLoop.run(tileCount - tile, on: context) { number in
          let rows = self.columns(tile + number)
          cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows.count), width, Int32(start), -1,
            self.address(rows.lowerBound, 0), stride, self.address(start, 0), stride, 1,
            self.address(rows.lowerBound, start), stride)
        }
      }
      var (count, leading, info) = (width, stride, Int32(0))
      // A row-major lower triangle is a column-major upper one.
      spotrf_("U", &count, address(start, start), &leading, &info)
      guard info == 0 else { return false }
      ParallelLoop.run(tileCount - tile - 1, on: context) { number in
        let rows = self.columns(tile + 1 + number)
        cblas_strsm(
          CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, Int32(rows.count), width,
          1, self.address(start, start), stride, self.address(rows.lowerBound, start), stride)
      }
    }
    return true
  }

  /// Solves for a column of tiles of the inverse, from the diagonal down. Returns the tile on the diagonal; the rest is
  /// stored at the position of its transpose.
  private func solve(_ tile: Int) -> [Float] {
    let own = columns(tile)
    let (start, width) = (own.lowerBound, own.count)
    let height = order - start
    var corner = [Float](repeating: 0, count: width * width)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: height * width) { right in
      right.initialize(repeating: 0)
      guard let first = right.baseAddress else { return }
      for column in 0..<width { right[column * width + column] = 1 }
      for transpose in [CblasNoTrans, CblasTrans] {
        cblas_strsm(
          CblasRowMajor, CblasLeft, CblasLower, transpose, CblasNonUnit, Int32(height),
          Int32(width), 1, address(start, start), Int32(order), first, Int32(width))
      }
      for place in corner.indices { corner[place] = right[place] }
      for column in 0..<width {
        let to = address(start + column, 0)
        for row in width..<height { to[start + row] = right[row * width + column] }
      }
    }
    return corner
  }

  /// Replaces the matrix, of which only the diagonal is read, by the full inverse of `diagonal + RᵀR`, where R are the
  /// rows in `rows`. Overwrites `rows`. Returns false if that is impossible in single precision.
  ///
  /// Uses the Woodbury identity, `D - D Rᵀ (1 + R D Rᵀ)⁻¹ R D` with the inverse D of the diagonal. With fewer rows than
  /// columns that takes O(rows x order²) instead of O(order³), and 4 x rows² more bytes. `isCancelled` is used as in
  /// ``invert(in:isCancelled:)``.
  package func invertDiagonal(
    plus rows: UnsafeMutableBufferPointer<Float>, count: Int, in context: ComputeContext,
    isCancelled: @Sendable () -> Bool = { false }
  ) -> Bool {
    precondition(count > 0 && rows.count == count * order && count <= Int32.max)
    MatrixKernels.setUp
    guard let first = rows.baseAddress else { return false }
    let inverses = (0..<order).map { 1 / address($0, $0).pointee }
    guard inverses.allSatisfy({ $0 > 0 && $0.isFinite }) else { return false }
    let roots = inverses.map { $0.squareRoot() }
    for row in 0..<count {
      for column in 0..<order { first[row * order + column] *= roots[column] }
    }
    // With S = R D^½ and 1 + S Sᵀ = L Lᵀ the inverse is D^½ (1 - (L⁻¹S)ᵀ (L⁻¹S)) D^½.
    let inner = SymmetricInverse(order: count)
    inner.fillWithIdentity(plusProductsOf: first, length: order, in: context, isCancelled)
    guard inner.factor(in: context, isCancelled) else { return false }
    ParallelLoop.run(tileCount, on: context) { tile in
      let columns = self.columns(tile)
      if isCancelled() { return }
      cblas_strsm(
        CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, Int32(count),
        Int32(columns.count), 1, inner.base, Int32(count), first + columns.lowerBound,
        Int32(self.order))
    }
    ParallelLoop.run(tileCount, on: context) { tile in
      let own = self.columns(tile)
      if isCancelled() { return }
      // Computes the upper triangle; the rest is mirrored.
      cblas_sgemm(
        CblasRowMajor, CblasTrans, CblasNoTrans, Int32(own.count),
        Int32(self.order - own.lowerBound), Int32(count), -1, first + own.lowerBound,
        Int32(self.order), first + own.lowerBound, Int32(self.order), 0,
        self.address(own.lowerBound, own.lowerBound), Int32(self.order))
      for row in own {
        let numbers = self.address(row, 0)
        for column in row..<self.order { numbers[column] *= roots[row] * roots[column] }
      }
    }
    if isCancelled() { return false }
    for row in 0..<order { address(row, row).pointee += inverses[row] }
    mirror(in: context)
    return true
  }

  /// Sets the diagonal and lower triangle to `1 + S Sᵀ`, where the rows S have the given length and their number equals
  /// the order.
  private func fillWithIdentity(
    plusProductsOf rows: UnsafeMutablePointer<Float>, length: Int, in context: ComputeContext,
    _ isCancelled: () -> Bool
  ) {
    ParallelLoop.run(tileCount, on: context) { tile in
      let own = self.columns(tile)
      if isCancelled() { return }
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(own.count), Int32(own.upperBound),
        Int32(length), 1, rows + own.lowerBound * length, Int32(length), rows, Int32(length), 0,
        self.address(own.lowerBound, 0), Int32(self.order))
    }
    for row in 0..<order { address(row, row).pointee += 1 }
  }

  /// Copies the upper triangle to the lower.
  private func mirror(in context: ComputeContext) {
    ParallelLoop.run(tileCount, on: context) { tile in
      let rows = self.columns(tile)
      for other in 0...tile {
        let columns = self.columns(other)
        for row in rows {
          let to = self.address(row, 0)
          for column in columns where column < row {
            to[column] = self.address(column, row).pointee
          }
        }
      }
    }
  }
}
