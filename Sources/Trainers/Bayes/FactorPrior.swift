import TensorCore

/// What the rows of one side are taken to be samples of, bias and factors together: the normal distribution
/// of a precision matrix around `activity x slope`, where ``BayesSide/activity`` is how many ratings a row has,
/// plus what ``SetEffects`` come to where there are any.
///
/// Without ratings that is zero; what is rated often is rated higher, and by users of another kind.
struct FactorPrior: Sendable {
  /// Row-major; rows are filled up to a multiple of 16 numbers, and their number to a multiple of 4. On the
  /// diagonal of what fills them up stands 1.
  let precision: [Float]
  /// The slope, filled up with zeros to a multiple of 16 numbers.
  let slope: [Float]

  /// The same precision for every number of a row of so many, around zero.
  init(order: Int, precision: Float) {
    self.init(order: order, slope: []) { $0 == $1 ? precision : 0 }
  }

  /// A prior as it was.
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

  /// The length of a row of ``precision``, and of the slope.
  static func width(_ order: Int) -> Int { (order + 15) / 16 * 16 }

  /// The rows of ``precision``.
  static func rowCount(_ order: Int) -> Int { (order + 3) / 4 * 4 }

  /// The sum of the products of the precision's numbers with those of a matrix as wide.
  func product(with gram: [Float]) -> Double {
    // What fills the precision up meets zeros.
    zip(precision, gram).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
  }
}

extension FactorPrior {
  /// A prior that was drawn.
  struct Drawn {
    let prior: FactorPrior
    /// R with `R Rᵀ` the inverse of the precision, transposed; as wide as rows are. Empty unless it was asked
    /// for.
    let root: [Float]
  }

  /// Draws precision and slope given the rows of a side. Before they are seen, the precision P is of
  /// Wishart's distribution W(1, order), and the slope normal around zero with the precision P. With f the
  /// activities, X the rows and `a = 1 + fᵀf`, it is then
  ///
  ///     P of W((1 + XᵀX - Xᵀf fᵀX / a)⁻¹, order + rows),   slope normal around Xᵀf / a with a P
  ///
  /// (Salakhutdinov, Mnih, 2008, eq. 14, for a mean that is linear in f: Gelman et al., "Bayesian Data
  /// Analysis", 2013, section 3.6). Effects are taken from the rows first, and are rows more, of activity 0.
  /// By Bartlett's decomposition, in double precision: O(order³). Nil when a number is not finite.
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
    // A: the roots of chi-squared numbers on the diagonal, and normal ones left of it.
    let freedom = order + rows.rowCount + (side.effects?.count ?? 0)
    var draw = [Double](repeating: 0, count: order * order)
    for row in 0..<order {
      for column in 0..<row { draw[row * order + column] = random.nextNormal() }
      let shape = Double(freedom - row) / 2
      draw[row * order + row] = (2 * random.nextGamma(shape: shape)).squareRoot()
    }
    // The precision is B Bᵀ with Lᵀ B = A: where Aᵀ v is normal, L v has its inverse as covariance.
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

  /// Cholesky's factor L of a symmetric matrix, of which what is left of the diagonal is read. Nil when a
  /// number is not finite.
  private static func cholesky(_ square: [Double], _ order: Int) -> [Double]? {
    var factor = [Double](repeating: 0, count: order * order)
    for row in 0..<order {
      for column in 0...row {
        let sum =
          square[row * order + column]
          - dot(factor, row * order, factor, column * order, column)
        if row == column {
          // Rounding in the Gram matrix is all that there is below 1.
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

/// The sum of the products of `count` numbers of two arrays, each from a place on.
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
