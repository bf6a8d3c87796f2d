/// Ridge regression by definition. The multiple of the mean variance is chosen by cross-validation, and every fold is
/// fitted anew from its rows.
struct NaiveRidge {
  private let center: [Double]
  private let coefficients: [[Double]]
  /// The chosen multiple; nil if the mean alone is best.
  let ratio: Double?

  /// Fits `targets` to rows of `contents` with `weights`. The error is `(y - ŷ)ᵀ metric (y - ŷ)`.
  init(
    _ contents: [[Double]], _ targets: [[Double]], weights: [Double], metric: [[Double]]? = nil
  ) {
    let total = weights.reduce(0, +)
    let width = contents[0].count
    let center = (0..<width).map { column in
      contents.indices.reduce(0) { $0 + weights[$1] * contents[$1][column] } / total
    }
    let rows = contents.map { [1] + zip($0, center).map { $0 - $1 } }
    func fit(_ own: [Int], _ ratio: Double?) -> [[Double]] {
      var system = [[Double]](
        repeating: [Double](repeating: 0, count: width + 1), count: width + 1)
      var right = [[Double]](
        repeating: [Double](repeating: 0, count: targets[0].count), count: width + 1)
      for row in own {
        for first in 0...width {
          for second in 0...width {
            system[first][second] += weights[row] * rows[row][first] * rows[row][second]
          }
          for target in targets[0].indices {
            right[first][target] += weights[row] * rows[row][first] * targets[row][target]
          }
        }
      }
      guard let ratio else {
        let mean = right[0].map { $0 / system[0][0] }
        return [mean] + (0..<width).map { _ in mean.map { _ in 0 } }
      }
      let variance = (1...width).reduce(0) { $0 + system[$1][$1] } / Double(width)
      for place in 1...width { system[place][place] += ratio * variance }
      return solve(system, right)
    }
    func error(_ ratio: Double?) -> Double {
      (0..<5).reduce(0) { sum, fold in
        let own = rows.indices.filter { $0 % 5 != fold }
        let found = fit(own, ratio)
        return sum
          + rows.indices.filter { $0 % 5 == fold }.reduce(0) { sum, row in
            let off = targets[row].indices.map { target in
              targets[row][target]
                - rows[row].indices.reduce(0) { $0 + rows[row][$1] * found[$1][target] }
            }
            let square =
              metric.map { metric in
                off.indices.reduce(0) { sum, first in
                  sum
                    + off.indices.reduce(0) {
                      $0 + off[first] * metric[first][$1] * off[$1]
                    }
                }
              } ?? off.reduce(0) { $0 + $1 * $1 }
            return sum + weights[row] * square
          }
      }
    }
    let ratios: [Double?] = [nil] + (-8...6).map { Optional(pow10(Double($0) / 2)) }
    let best = ratios.min { error($0) < error($1) } ?? nil
    ratio = best
    self.center = center
    coefficients = fit(Array(rows.indices), best)
  }

  func targets(of content: [Double]) -> [Double] {
    let row = [1] + zip(content, center).map { $0 - $1 }
    return coefficients[0].indices.map { target in
      row.indices.reduce(0) { $0 + row[$1] * coefficients[$1][target] }
    }
  }
}

private func pow10(_ exponent: Double) -> Double {
  let (whole, half) = (Int((exponent * 2).magnitude) / 2, Int((exponent * 2).magnitude) % 2)
  var power = half == 1 ? 10.0.squareRoot() : 1
  for _ in 0..<whole { power *= 10 }
  return exponent < 0 ? 1 / power : power
}

/// Returns the solutions of `left` x = `right` by Gauss-Jordan elimination, column by column.
func solve(_ left: [[Double]], _ right: [[Double]]) -> [[Double]] {
  var (left, right) = (left, right)
  for pivot in left.indices {
    let scale = 1 / left[pivot][pivot]
    left[pivot] = left[pivot].map { $0 * scale }
    right[pivot] = right[pivot].map { $0 * scale }
    for row in left.indices where row != pivot {
      let factor = left[row][pivot]
      for column in left.indices { left[row][column] -= factor * left[pivot][column] }
      for column in right[row].indices { right[row][column] -= factor * right[pivot][column] }
    }
  }
  return right
}
