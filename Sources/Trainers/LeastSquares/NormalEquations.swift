/// A symmetric positive definite system `A x = b` of a few dozen unknowns, whose solution is a row's best factors. One
/// thread assembles and solves it, and reuses it for the next row.
///
/// A is stored row-major in vectors of 16 numbers. Those left of the diagonal and beyond the last unknown are ignored,
/// but must be finite. All loops except those over single columns work on tiles of 4 rows by 16 columns, which stay in
/// registers.
///
/// The factorisation is a left-looking Cholesky decomposition, `A = UᵀU` (Golub, Van Loan, "Matrix Computations", 4th
/// edition, section 4.2.8), in single precision: O(width³ / 3).
final class NormalEquations {
  typealias Vector = SIMD16<Float>
  /// The maximum number of rows per ``addRows(_:)``.
  static let piece = 128

  /// The number of unknowns of the current system, rounded up to a multiple of 4.
  private(set) var order: Int
  /// The length of a row of the current system, a multiple of 16.
  private(set) var width: Int
  /// The number of vectors in a row of the current system.
  private(set) var vectorCount: Int
  private let limit: Int
  private let matrix: ScratchMemory<Vector>
  private let rightSide: ScratchMemory<Vector>
  private let unknowns: ScratchMemory<Vector>
  private let inverses: ScratchMemory<Float>
  private let partial: ScratchMemory<Float>
  private let pieceRows: ScratchMemory<Vector>

  /// Allocates memory for systems of up to `limit` vectors of unknowns.
  init(vectors limit: Int) {
    self.limit = limit
    vectorCount = limit
    width = limit * 16
    order = width
    matrix = ScratchMemory(width * vectorCount, zero: .zero)
    rightSide = ScratchMemory(vectorCount, zero: .zero)
    unknowns = ScratchMemory(vectorCount, zero: .zero)
    inverses = ScratchMemory(width, zero: 0)
    partial = ScratchMemory(width, zero: 0)
    pieceRows = ScratchMemory(vectorCount * Self.piece, zero: .zero)
  }

  /// b, for writing.
  @inline(__always)
  var right: UnsafeMutablePointer<Vector> { rightSide.base }

  /// x, after solving.
  @inline(__always)
  var solution: UnsafePointer<Vector> { UnsafePointer(unknowns.base) }

  /// A buffer for ``piece`` rows to add.
  @inline(__always)
  var rows: UnsafeMutablePointer<Vector> { pieceRows.base }

  /// Begins a system with A = 0 and b = 0, for `unknowns` unknowns, rounded up to a multiple of 4.
  func begin(unknowns: Int) {
    order = (unknowns + 3) / 4 * 4
    vectorCount = (unknowns + 15) / 16
    width = vectorCount * 16
    precondition(unknowns > 0 && vectorCount <= limit)
    matrix.base.update(repeating: .zero, count: order * vectorCount)
    rightSide.base.update(repeating: .zero, count: vectorCount)
  }

  /// Begins a system with A = `start`, whose rows have the length that ``width`` will have, and b = 0.
  func begin(unknowns: Int, from start: UnsafePointer<Vector>) {
    begin(unknowns: unknowns)
    matrix.base.update(from: start, count: order * vectorCount)
  }

  /// Adds `value` to one diagonal element.
  @inline(__always)
  func addToDiagonal(_ value: Float, at position: Int) { numbers[position * (width + 1)] += value }

  /// The trace of A.
  var trace: Float { (0..<order).reduce(0) { $0 + numbers[$1 * (width + 1)] } }

  private var numbers: UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(matrix.base).assumingMemoryBound(to: Float.self)
  }

  /// Adds `RᵀR` of the first `count` of ``rows`` to A. Rows have the length ``width``; elements beyond ``order`` are
  /// ignored.
  func addRows(_ count: Int) {
    let (order, vectorCount) = (order, vectorCount)
    let (matrix, rows) = (matrix.base, UnsafePointer(pieceRows.base))
    let scalars = UnsafeRawPointer(rows).assumingMemoryBound(to: Float.self)
    for row in stride(from: 0, to: order, by: 4) {
      for column in (row / 16)..<vectorCount {
        addProducts(
          to: matrix + row * vectorCount + column, rows + column, scalars + row, count: count,
          sign: .plus)
      }
    }
  }

  /// Adds or subtracts the products of `count` rows' numbers, in the tile's rows and in its columns, to a tile of 4
  /// rows by 16 columns, which stays in registers.
  @inline(__always)
  private func addProducts(
    to tile: UnsafeMutablePointer<Vector>, _ vectors: UnsafePointer<Vector>,
    _ scalars: UnsafePointer<Float>, count: Int, sign: FloatingPointSign
  ) {
    let (width, vectorCount) = (width, vectorCount)
    var sum0 = tile[0]
    var sum1 = tile[vectorCount]
    var sum2 = tile[2 * vectorCount]
    var sum3 = tile[3 * vectorCount]
    var (vector, scalar) = (vectors, scalars)
    for _ in 0..<count {
      let numbers = vector.pointee
      sum0.addProduct(numbers, sign == .plus ? scalar[0] : -scalar[0])
      sum1.addProduct(numbers, sign == .plus ? scalar[1] : -scalar[1])
      sum2.addProduct(numbers, sign == .plus ? scalar[2] : -scalar[2])
      sum3.addProduct(numbers, sign == .plus ? scalar[3] : -scalar[3])
      vector += vectorCount
      scalar += width
    }
    tile[0] = sum0
    tile[vectorCount] = sum1
    tile[2 * vectorCount] = sum2
    tile[3 * vectorCount] = sum3
  }

  /// Solves the system, overwriting A. Returns false if A is not finite, or not positive definite in single precision.
  func solve() -> Bool {
    guard factor() else { return false }
    substituteForward()
    substituteBack()
    return true
  }

  /// Solves the system, and draws from the normal distribution with mean x and precision A. For ``order`` standard
  /// normal numbers `n`, `U⁻¹ (z + n)` is x + U⁻¹ n, and U⁻¹ n has covariance A⁻¹. Returns false as ``solve()`` does.
  func draw(_ normals: UnsafePointer<Float>, to sample: UnsafeMutablePointer<Vector>) -> Bool {
    guard factor() else { return false }
    substituteForward()
    substituteBack(adding: normals, to: sample)
    return true
  }

  private func factor() -> Bool {
    let (order, width, vectorCount) = (order, width, vectorCount)
    let (matrix, inverses) = (matrix.base, inverses.base)
    let scalars = numbers
    for row in stride(from: 0, to: order, by: 4) {
      for column in (row / 16)..<vectorCount {
        addProducts(
          to: matrix + row * vectorCount + column, matrix + column, scalars + row, count: row,
          sign: .minus)
      }
      for own in row..<row + 4 {
        let ownRow = matrix + own * vectorCount
        for above in row..<own {
          let factor = scalars[above * width + own]
          let aboveRow = matrix + above * vectorCount
          for column in (row / 16)..<vectorCount {
            ownRow[column].addProduct(aboveRow[column], -factor)
          }
        }
        let pivot = scalars[own * width + own]
        guard pivot > 0, pivot.isFinite else { return false }
        let inverse = 1 / pivot.squareRoot()
        inverses[own] = inverse
        for column in (row / 16)..<vectorCount { ownRow[column] *= inverse }
      }
    }
    return true
  }

  /// Solves `Uᵀ z = b`. Elements left of U's diagonal are multiplied by numbers no longer needed.
  private func substituteForward() {
    let (matrix, right) = (matrix.base, rightSide.base)
    let (inverses, partial) = (inverses.base, partial.base)
    let rights = UnsafeMutableRawPointer(right).assumingMemoryBound(to: Float.self)
    for row in 0..<order {
      let value = rights[row] * inverses[row]
      partial[row] = value
      let own = matrix + row * vectorCount
      for column in (row / 16)..<vectorCount { right[column].addProduct(own[column], -value) }
    }
  }

  /// Solves `U x = z`. Elements left of U's diagonal are multiplied by zeros.
  private func substituteBack() {
    let (matrix, inverses, partial) = (matrix.base, inverses.base, partial.base)
    let unknowns = unknowns.base
    let solved = UnsafeMutableRawPointer(unknowns).assumingMemoryBound(to: Float.self)
    unknowns.update(repeating: .zero, count: vectorCount)
    for row in (0..<order).reversed() {
      let own = matrix + row * vectorCount
      var sum = Vector.zero
      for column in (row / 16)..<vectorCount { sum.addProduct(own[column], unknowns[column]) }
      solved[row] = (partial[row] - sum.total) * inverses[row]
    }
  }

  /// Solves `U x = z` and `U s = z + shift` together, since each number depends on the previous one.
  private func substituteBack(
    adding shift: UnsafePointer<Float>, to sample: UnsafeMutablePointer<Vector>
  ) {
    let (matrix, inverses, partial) = (matrix.base, inverses.base, partial.base)
    let unknowns = unknowns.base
    let solved = UnsafeMutableRawPointer(unknowns).assumingMemoryBound(to: Float.self)
    let drawn = UnsafeMutableRawPointer(sample).assumingMemoryBound(to: Float.self)
    unknowns.update(repeating: .zero, count: vectorCount)
    sample.update(repeating: .zero, count: vectorCount)
    for row in (0..<order).reversed() {
      let own = matrix + row * vectorCount
      var (sum, shifted) = (Vector.zero, Vector.zero)
      for column in (row / 16)..<vectorCount {
        sum.addProduct(own[column], unknowns[column])
        shifted.addProduct(own[column], sample[column])
      }
      solved[row] = (partial[row] - sum.total) * inverses[row]
      drawn[row] = (partial[row] + shift[row] - shifted.total) * inverses[row]
    }
  }
}

extension SIMD16<Float> {
  /// The sum of all elements in a fixed order: by halves.
  @inline(__always)
  var total: Float {
    let eight = lowHalf + highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }
}
