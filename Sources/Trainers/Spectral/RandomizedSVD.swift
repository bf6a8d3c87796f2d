import Interactions
import TensorCore

/// The truncated singular value decomposition of a table's matrix of users by items
///
///     A(u, i) = r_u c_i where there is a rating, else 0,   about U diag(values) Vᵀ
///
/// by randomised subspace iteration (Halko, Martinsson, Tropp, "Finding structure with randomness", 2011, algorithms
/// 4.4 and 5.1). The products of A with some random vectors approximately span its dominant singular vectors, more
/// accurately with each application of A and Aᵀ. The decomposition is then computed in that small subspace.
///
/// Vectors are initialised from the seed and the ids of the items. Sums are over rows, each on one thread, and over
/// chunks that depend only on the data, so that results are bit-identical for any number of threads.
struct RandomizedSVD {
  /// The number of extra vectors, which make the last of the kept ones accurate.
  private static let oversampling = 12
  /// The number of applications of A and Aᵀ before the range is computed.
  private static let iterations = 7
  /// The fraction of the longest column's squared length that counts as rounding error.
  private static let rounding: Float = 1e-6

  /// The singular values, descending; fewer than requested if the matrix has lower rank.
  private(set) var values: [Float] = []
  /// U: users x values, row-major, with unit columns.
  private(set) var left: [Float] = []
  /// V: items x values, row-major, with unit columns.
  private(set) var right: [Float] = []

  /// Computes the `rank` largest singular values. `streams` has the random stream of each item's initial numbers. Nil
  /// if a number is not finite.
  ///
  /// Throws the errors of `check`, which is called between products with A. Time:
  /// O(iterations x (ratings x rank + rows x rank²)). Memory: 4 bytes per row and vector.
  init?<Failure: Error>(
    users userLists: RatingLists, items itemLists: RatingLists, userScales: [Float],
    itemScales: [Float], streams: [UInt64], rank: Int, seed: UInt64, in context: ComputeContext,
    check: () throws(Failure) -> Void
  ) throws(Failure) {
    let count = min(rank + Self.oversampling, userLists.rowCount, itemLists.rowCount)
    let users = FactorMatrix(rows: userLists.rowCount, factors: count)
    let items = FactorMatrix(rows: itemLists.rowCount, factors: count)
    items.fillNormal(seed: seed, streams: streams, deviation: 1, in: context)
    for _ in 0..<Self.iterations {
      try check()
      guard Self.orthonormalize(items, in: context) else { return nil }
      Self.multiply(items, itemScales, by: userLists, userScales, to: users, in: context)
      try check()
      guard Self.orthonormalize(users, in: context) else { return nil }
      Self.multiply(users, userScales, by: itemLists, itemScales, to: items, in: context)
    }
    // With orthonormal users' columns Q, items hold Aᵀ Q = V diag(values) Wᵀ, and Q W is U.
    guard let basis = Self.eigensystem(of: items, in: context) else { return nil }
    items.changeBasis(basis, in: context)
    users.changeBasis(basis, in: context)
    let largest = basis.values.last ?? 0
    let kept = (0..<count).reversed().prefix(rank).filter {
      basis.values[$0] > Self.rounding * largest
    }
    values = kept.map { basis.values[$0].squareRoot() }
    left = Self.columns(kept.map { ($0, 1) }, of: users)
    right = Self.columns(zip(kept, values).map { ($0, 1 / $1) }, of: items)
  }

  /// Sets each row of `rows` to the sum, over its ratings, of the other side's rows, scaled on both sides.
  private static func multiply(
    _ others: FactorMatrix, _ otherScales: [Float], by lists: RatingLists, _ scales: [Float],
    to rows: FactorMatrix, in context: ComputeContext
  ) {
    _ = context.mapChunks(of: rows.rowCount, size: 64) { chunk in
      for row in chunk {
        let sum = rows.row(row)
        sum.update(repeating: .zero, count: rows.vectorCount)
        for position in lists.positions(of: row) {
          let other = Int(lists.others[position])
          let (numbers, scale) = (others.row(other), scales[row] * otherScales[other])
          for vector in 0..<rows.vectorCount { sum[vector].addProduct(numbers[vector], scale) }
        }
      }
    }
  }

  /// Orthonormalises the columns of a matrix, and zeroes those within rounding error. Does so twice, since the
  /// single-precision Gram matrix leaves a residue the first time. Returns false if a number is not finite.
  private static func orthonormalize(_ matrix: FactorMatrix, in context: ComputeContext) -> Bool {
    for _ in 0..<2 {
      guard let basis = eigensystem(of: matrix, in: context) else { return false }
      matrix.changeBasis(basis, in: context)
      let largest = basis.values.last ?? 0
      let scales = basis.values.map { $0 > rounding * largest ? 1 / $0.squareRoot() : 0 }
      context.forEachPart(of: matrix.rowCount, grain: 256) { rows in
        for row in rows {
          let numbers = matrix.numbers(of: row)
          for column in scales.indices { numbers[column] *= scales[column] }
        }
      }
    }
    return true
  }

  private static func eigensystem(
    of matrix: FactorMatrix, in context: ComputeContext
  ) -> SymmetricEigensystem? {
    SymmetricEigensystem(
      of: matrix.gram(in: context), order: matrix.factorCount, stride: matrix.vectorCount * 16)
  }

  /// Returns some columns of a matrix, each multiplied by a factor, row-major.
  private static func columns(
    _ columns: [(column: Int, factor: Float)], of matrix: FactorMatrix
  ) -> [Float] {
    var numbers: [Float] = []
    numbers.reserveCapacity(matrix.rowCount * columns.count)
    for row in 0..<matrix.rowCount {
      let own = matrix.numbers(of: row)
      for (column, factor) in columns { numbers.append(own[column] * factor) }
    }
    return numbers
  }
}
