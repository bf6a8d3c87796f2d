import COpenBLAS

/// A large symmetric positive definite matrix, in place: filled in, then inverted.
///
/// Work is cut into tiles that the order alone decides, each on one thread of OpenBLAS's: the same bits
/// whatever the number of threads.
///
/// `@unchecked Sendable`: tiles are written by one thread each, and nobody reads them before all of a
/// round are done.
package final class SymmetricInverse: @unchecked Sendable {
  /// Columns of a tile.
  private static let tile = 192

  /// The number of rows and columns.
  package let order: Int
  private let numbers: UnsafeMutableBufferPointer<Float>
  private var base: UnsafeMutablePointer<Float> { numbers.baseAddress.unsafelyUnwrapped }

  /// A matrix of zeros. 4 x order² bytes.
  package init(order: Int) {
    precondition(order > 0 && order <= Int32.max)
    self.order = order
    numbers = .allocate(capacity: order * order)
    numbers.initialize(repeating: 0)
  }

  deinit { numbers.deallocate() }

  /// Lends row `row` of the matrix. Threads may be lent different rows at the same time.
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

  /// Replaces the matrix, of which only the diagonal and what is left of it is read, by its inverse, in
  /// full. Returns false, and leaves rubbish, when it is not positive definite in single precision.
  ///
  /// Cholesky's factor L column by column of tiles (LAPACK's `spotrf` within a tile); then, for each
  /// column of tiles of the inverse by itself, `L Y = I` and `Lᵀ X = Y`. X stands transposed right of the
  /// diagonal, where nothing reads, until all are done. O(order³), in 4 x order x tile bytes a thread more.
  ///
  /// `isCancelled` is asked before each column of tiles, by any thread: once it says so, false is returned.
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

  /// Replaces what is left of the diagonal, and that, by Cholesky's factor. Returns false when the matrix is
  /// not positive definite in single precision, or `isCancelled` says so before a column of tiles.
  private func factor(in context: ComputeContext, _ isCancelled: () -> Bool) -> Bool {
    let stride = Int32(order)
    for tile in 0..<tileCount {
      if isCancelled() { return false }
      let own = columns(tile)
      let (start, width) = (own.lowerBound, Int32(own.count))
      // What the columns on the left take away from these.
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
      // A lower triangle by rows is an upper one by columns.
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

  /// Solves for a column of tiles of the inverse, from the diagonal down. Returns the tile on the
  /// diagonal; the rest goes to where its transpose belongs.
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

  /// Replaces the matrix, of which only the diagonal is read, by the inverse of `diagonal + RᵀR` with the
  /// rows R that `rows` holds, in full; they come out changed. Returns false when that can't be done in
  /// single precision.
  ///
  /// By the identity of Woodbury, `D - D Rᵀ (1 + R D Rᵀ)⁻¹ R D` with the inverse D of the diagonal: where
  /// there are fewer rows than columns that is O(rows x order²) in place of O(order³), and 4 x rows² bytes
  /// more. `isCancelled` is asked as in ``invert(in:isCancelled:)``.
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
      // From the diagonal on; the rest is mirrored.
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

  /// Makes the matrix `1 + S Sᵀ`, of as many rows S of the given length: the diagonal and what is left of it.
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

  /// Copies what is right of the diagonal to its left.
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
