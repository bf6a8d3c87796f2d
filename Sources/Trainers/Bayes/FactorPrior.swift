import TensorCore

/// What the rows of one side are taken to be samples of, bias and factors together: the normal distribution
/// of a precision matrix around `activity x slope`, where ``BayesSide/activity`` is how many ratings a row has.
///
/// Without ratings that is zero; what is rated often is rated higher, and by users of another kind.
struct FactorPrior: Sendable {
  /// Row-major; rows are filled up to a multiple of 16 numbers, and their number to a multiple of 4. On the
  /// diagonal of what fills them up stands 1.
  let precision: [Float]
  /// The product of the precision matrix with the slope, filled up with zeros to a multiple of 16 numbers.
  let pull: [Float]

  /// The same precision for every number of a row of so many, around zero.
  init(order: Int, precision: Float) {
    self.init(order: order, pull: []) { $0 == $1 ? precision : 0 }
  }

  /// Draws precision and slope given the rows of a side. Before they are seen, the precision P is of
  /// Wishart's distribution W(1, order), and the slope normal around zero with the precision P. With f the
  /// activities, X the rows and `a = 1 + fᵀf`, it is then
  ///
  ///     P of W((1 + XᵀX - Xᵀf fᵀX / a)⁻¹, order + rows),   slope normal around Xᵀf / a with a P
  ///
  /// (Salakhutdinov, Mnih, 2008, eq. 14, for a mean that is linear in f: Gelman et al., "Bayesian Data
  /// Analysis", 2013, section 3.6). By Bartlett's decomposition, in double precision: O(order³). Nil when a
  /// number is not finite.
  init?(of side: BayesSide, random: inout RandomStream, in context: ComputeContext) {
    let order = side.rows.factorCount
    let (gram, stride) = (side.rows.gram(in: context), side.rows.vectorCount * 16)
    let (products, scale) = side.activityProducts()
    var factor = [Double](repeating: 0, count: order * order)
    // Cholesky's factor L of the inverse of Wishart's scale.
    for row in 0..<order {
      for column in 0...row {
        var sum = Double(gram[row * stride + column]) + (row == column ? 1 : 0)
        sum -= products[row] * products[column] / scale
        for place in 0..<column {
          sum -= factor[row * order + place] * factor[column * order + place]
        }
        if row == column {
          // Rounding in the Gram matrix is all that there is below 1.
          guard sum.isFinite else { return nil }
          factor[row * order + row] = max(sum, 1e-3).squareRoot()
        } else {
          factor[row * order + column] = sum / factor[column * order + column]
        }
      }
    }
    // A: the roots of chi-squared numbers on the diagonal, and normal ones left of it.
    var draw = [Double](repeating: 0, count: order * order)
    for row in 0..<order {
      for column in 0..<row { draw[row * order + column] = random.nextNormal() }
      let shape = Double(order + side.lists.rowCount - row) / 2
      draw[row * order + row] = (2 * random.nextGamma(shape: shape)).squareRoot()
    }
    // The precision is B Bᵀ with Lᵀ B = A: where Aᵀ v is normal, L v has its inverse as covariance.
    var deviation = (0..<order).map { _ in random.nextNormal() }
    for row in (0..<order).reversed() {
      for below in row + 1..<order {
        deviation[row] -= draw[below * order + row] * deviation[below]
      }
      deviation[row] /= draw[row * order + row]
    }
    let slope = (0..<order).map { row in
      (0...row).reduce(0.0) { $0 + factor[row * order + $1] * deviation[$1] } / scale.squareRoot()
        + products[row] / scale
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
    let turned = (0..<order).map { column in
      (0..<order).reduce(0.0) { $0 + draw[$1 * order + column] * slope[$1] }
    }
    let pull = (0..<order).map { row in
      Float((0..<order).reduce(0.0) { $0 + draw[row * order + $1] * turned[$1] })
    }
    self.init(order: order, pull: pull) { row, column in
      var sum = 0.0
      for place in 0..<order { sum += draw[row * order + place] * draw[column * order + place] }
      return Float(sum)
    }
  }

  private init(order: Int, pull: [Float], _ number: (Int, Int) -> Float) {
    let width = (order + 15) / 16 * 16
    let rowCount = (order + 3) / 4 * 4
    var precision = [Float](repeating: 0, count: rowCount * width)
    for row in 0..<order {
      for column in 0..<order { precision[row * width + column] = number(row, column) }
    }
    for row in order..<rowCount { precision[row * width + row] = 1 }
    self.precision = precision
    self.pull = pull + [Float](repeating: 0, count: width - pull.count)
  }
}
