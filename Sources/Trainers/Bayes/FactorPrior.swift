import TensorCore

/// The prior of one side's rows, bias and factors together: normal with a full precision matrix and the mean
/// `activity x slope`, plus the shift of ``SetEffects`` if there are any. ``BayesSide/activity`` measures a row's
/// number of ratings.
///
/// The mean of a row without ratings is zero. The slope models that frequently rated items are rated higher, and by
/// other kinds of user.
struct FactorPrior: Sendable {
  /// The precision matrix, row-major. Rows are padded to a multiple of 16 numbers, and their number to a multiple of 4.
  /// The diagonal of the padding is 1.
  let precision: [Float]
  /// The slope, padded with zeros to a multiple of 16 numbers.
  let slope: [Float]

  /// Creates a prior around zero with the same precision for each of `order` components.
  init(order: Int, precision: Float) {
    self.init(order: order, slope: []) { $0 == $1 ? precision : 0 }
  }

  /// Restores a saved prior.
  init(precision: [Float], slope: [Float]) {
    self.precision = precision
    self.slope = slope
  }

  private init(order: Int, slope: [Double], _ number: (Int, Int) -> Float) {
    let width = Self.width(order)
    let rowCount = Self.rowCount(order)
    var precision = [Float](repeating: 0, count: rowCount * width)
    for row in 0..<order {
      for column in 0...row {
        let number = number(row, column)
        (precision[row * width + column], precision[column * width + row]) = (number, number)
      }
    }
    for row in order..<rowCount { precision[row * width + row] = 1 }
    self.precision = precision
    self.slope = slope.map { Float($0) } + [Float](repeating: 0, count: width - slope.count)
  }

  /// Returns the length of a row of ``precision``, and of the slope.
  static func width(_ order: Int) -> Int { (order + 15) / 16 * 16 }

  /// Returns the number of rows of ``precision``.
  static func rowCount(_ order: Int) -> Int { (order + 3) / 4 * 4 }

  /// Returns the sum of elementwise products of the precision and a matrix of the same width.
  func product(with gram: [Float]) -> Double {
    // The padding is multiplied by zeros.
    zip(precision, gram).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
  }
}

extension FactorPrior {
  /// A sampled prior.
  struct Drawn {
    let prior: FactorPrior
    /// The transpose of R, where `R Rᵀ` is the inverse of the precision; as wide as rows. Empty unless requested.
    let root: [Float]
  }

  /// Draws precision and slope given the rows of a side. The prior of the precision P is the Wishart distribution
  /// W(1, order), and that of the slope is normal around zero with precision P. With the activities f, the rows X and
  /// `a = 1 + fᵀf`, the posterior is
  ///
  ///     P of W((1 + XᵀX - Xᵀf fᵀX / a)⁻¹, order + rows),   slope normal around Xᵀf / a with precision a P
  ///
  /// (Salakhutdinov, Mnih, 2008, eq. 14, for a mean that is linear in f: Gelman et al., "Bayesian Data Analysis", 2013,
  /// section 3.6). Effects are first subtracted from the rows, and count as additional rows of activity 0. Uses the
  /// Bartlett decomposition in double precision: O(order³). Nil if a number is not finite.
  static func draw(
    of side: BayesSide, random: inout RandomStream, in context: ComputeContext
  ) -> Drawn? {
    let order = side.rows.factorCount
    let rows = side.effects?.withoutShifts(side.rows, in: context) ?? side.rows
    let (gram, width) = (rows.gram(in: context), Self.width(order))
    let effects = side.effects?.weightedGram(in: context)
    let (products, scale) = side.activityProducts(rows)
    var square = [Double](repeating: 0, count: order * order)
    for row in 0..<order {
      for column in 0...row {
        var sum = Double(gram[row * width + column]) + (row == column ? 1 : 0)
        if let effects { sum += Double(effects[row * width + column]) }
        square[row * order + column] = sum - products[row] * products[column] / scale
      }
    }
    guard let factor = cholesky(square, order) else { return nil }
    // A: square roots of chi-squared variates on the diagonal, normal variates below it.
    let freedom = order + rows.rowCount + (side.effects?.count ?? 0)
    var draw = [Double](repeating: 0, count: order * order)
    for row in 0..<order {
      for column in 0..<row { draw[row * order + column] = random.nextNormal() }
      let shape = Double(freedom - row) / 2
      draw[row * order + row] = (2 * random.nextGamma(shape: shape)).squareRoot()
    }
    // The precision is B Bᵀ with Lᵀ B = A. If Aᵀ v is normal, L v has the inverse precision as its covariance.
    func deviation(_ normals: [Double]) -> [Double] {
      var solved = normals
      for row in (0..<order).reversed() {
        solved[row] /= draw[row * order + row]
        for above in 0..<row { solved[above] -= draw[row * order + above] * solved[row] }
      }
      return (0..<order).map { dot(factor, $0 * order, solved, 0, $0 + 1) }
    }
    let noise = deviation((0..<order).map { _ in random.nextNormal() })
    let slope = (0..<order).map { noise[$0] / scale.squareRoot() + products[$0] / scale }
    var root: [Float] = []
    if side.effects != nil {
      root = [Float](repeating: 0, count: order * width)
      for column in 0..<order {
        let unit = (0..<order).map { $0 == column ? 1.0 : 0 }
        for (row, number) in deviation(unit).enumerated() {
          root[column * width + row] = Float(number)
        }
      }
    }
    // B, row by row from the last.
    for row in (0..<order).reversed() {
      for below in row + 1..<order {
        let weight = factor[below * order + row]
        for column in 0..<order {
          draw[row * order + column] -= weight * draw[below * order + column]
        }
      }
      for column in 0..<order { draw[row * order + column] /= factor[row * order + row] }
    }
    let prior = FactorPrior(order: order, slope: slope) { row, column in
      Float(dot(draw, row * order, draw, column * order, order))
    }
    return Drawn(prior: prior, root: root)
  }

  /// Returns the Cholesky factor L of a symmetric matrix, reading only its lower triangle. Nil if a number is not
  /// finite.
  private static func cholesky(_ square: [Double], _ order: Int) -> [Double]? {
    var factor = [Double](repeating: 0, count: order * order)
    for row in 0..<order {
      for column in 0...row {
        let sum =
          square[row * order + column]
          - dot(factor, row * order, factor, column * order, column)
        if row == column {
          // Values below 1 are rounding errors of the Gram matrix.
          guard sum.isFinite else { return nil }
          factor[row * order + row] = max(sum, 1e-3).squareRoot()
        } else {
          factor[row * order + column] = sum / factor[column * order + column]
        }
      }
    }
    return factor
  }
}

/// Returns the inner product of `count` elements of two arrays, from given start indices.
private func dot(
  _ left: [Double], _ leftStart: Int, _ right: [Double], _ rightStart: Int, _ count: Int
) -> Double {
  left.withUnsafeBytes { left in
    right.withUnsafeBytes { right in
      var sums = SIMD8<Double>.zero
      var place = 0
      while place + 8 <= count {
        sums.addProduct(
          left.loadUnaligned(fromByteOffset: 8 * (leftStart + place), as: SIMD8<Double>.self),
          right.loadUnaligned(fromByteOffset: 8 * (rightStart + place), as: SIMD8<Double>.self))
        place += 8
      }
      var sum = sums.sum()
      while place < count {
        sum +=
          left.load(fromByteOffset: 8 * (leftStart + place), as: Double.self)
          * right.load(fromByteOffset: 8 * (rightStart + place), as: Double.self)
        place += 1
      }
      return sum
    }
  }
}
