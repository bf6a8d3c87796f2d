import TensorCore

/// What the rows of one side are taken to be samples of: the normal distribution around zero of this
/// precision matrix, bias and factors together.
struct FactorPrior: Sendable {
  /// Row-major; rows are filled up to a multiple of 16 numbers, and their number to a multiple of 4. On the
  /// diagonal of what fills them up stands 1.
  let precision: [Float]

  /// The same precision for every number of a row of so many.
  init(order: Int, precision: Float) {
    self.init(order: order) { $0 == $1 ? precision : 0 }
  }

  /// Draws the precision given `count` rows of which `gram` is the Gram matrix, whose own rows are `stride`
  /// long: from Wishart's distribution with `order + count` degrees of freedom and the scale
  /// `(1 + gram)⁻¹`, which is its posterior when before the rows it is W(1, order) (Salakhutdinov, Mnih,
  /// 2008, eq. 14, for a known mean of zero). By Bartlett's decomposition, in double precision:
  /// O(order³). Nil when the Gram matrix is not finite.
  init?(
    order: Int, gram: [Float], stride: Int, count: Int, random: inout RandomStream
  ) {
    var factor = [Double](repeating: 0, count: order * order)
    // Cholesky's factor L of 1 + gram.
    for row in 0..<order {
      for column in 0...row {
        var sum = Double(gram[row * stride + column]) + (row == column ? 1 : 0)
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
      let shape = Double(order + count - row) / 2
      draw[row * order + row] = (2 * random.nextGamma(shape: shape)).squareRoot()
    }
    // B with Lᵀ B = A, row by row from the last: the precision is B Bᵀ.
    for row in (0..<order).reversed() {
      for below in row + 1..<order {
        let weight = factor[below * order + row]
        for column in 0..<order {
          draw[row * order + column] -= weight * draw[below * order + column]
        }
      }
      for column in 0..<order { draw[row * order + column] /= factor[row * order + row] }
    }
    self.init(order: order) { row, column in
      var sum = 0.0
      for place in 0..<order { sum += draw[row * order + place] * draw[column * order + place] }
      return Float(sum)
    }
  }

  private init(order: Int, _ number: (Int, Int) -> Float) {
    let width = (order + 15) / 16 * 16
    let rowCount = (order + 3) / 4 * 4
    var precision = [Float](repeating: 0, count: rowCount * width)
    for row in 0..<order {
      for column in 0..<order { precision[row * width + column] = number(row, column) }
    }
    for row in order..<rowCount { precision[row * width + row] = 1 }
    self.precision = precision
  }
}
