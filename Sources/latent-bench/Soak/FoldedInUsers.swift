import Recommenders

/// The users that a model must fold in from ratings of equal weight: the factors p that minimise the loss of
/// `implicit-als` (Hu, Koren, Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", 2008, eq. 4).
/// Computed in double precision, and independently of the serving code.
struct FoldedInUsers: Sendable {
  private let factorCount: Int
  private let itemCount: Int
  private let itemFactors: [Float]
  private let alpha: Double
  private let regularization: Double
  /// The Gram matrix of the item factors; row-major.
  private let gram: [Double]

  /// Prepares folding in with these tables; nil if the model does not fold in this way.
  init?(_ tables: FactorTables) {
    guard case .implicit(let alpha, let regularization, .equal)? = tables.foldIn else { return nil }
    (self.alpha, self.regularization) = (alpha, regularization)
    (factorCount, itemCount) = (tables.factorCount, tables.itemBiases.count)
    itemFactors = tables.itemFactors
    var gram = [Double](repeating: 0, count: factorCount * factorCount)
    for item in 0..<itemCount {
      Self.add(Self.row(item, itemFactors, factorCount), weight: 1, to: &gram)
    }
    self.gram = gram
  }

  /// Returns the factors of a user who has rated `items`.
  func factors(of items: [Int]) -> [Double] {
    var system = gram
    var right = [Double](repeating: 0, count: factorCount)
    for item in items {
      let row = Self.row(item, itemFactors, factorCount)
      Self.add(row, weight: alpha, to: &system)
      for factor in 0..<factorCount { right[factor] += (1 + alpha) * row[factor] }
    }
    let penalty = regularization * (Double(itemCount) + alpha * Double(items.count))
    for factor in 0..<factorCount { system[factor * factorCount + factor] += penalty }
    return solve(&system, right)
  }

  private static func row(_ item: Int, _ factors: [Float], _ count: Int) -> [Double] {
    factors[item * count..<(item + 1) * count].map { Double($0) }
  }

  private static func add(_ row: [Double], weight: Double, to system: inout [Double]) {
    for (left, value) in row.enumerated() {
      for (right, other) in row.enumerated() {
        system[left * row.count + right] += weight * value * other
      }
    }
  }

  /// Solves a positive definite system by Gaussian elimination.
  private func solve(_ system: inout [Double], _ right: [Double]) -> [Double] {
    let order = factorCount
    var solution = right
    for pivot in 0..<order {
      for row in pivot + 1..<order {
        let share = system[row * order + pivot] / system[pivot * order + pivot]
        for column in pivot..<order {
          system[row * order + column] -= share * system[pivot * order + column]
        }
        solution[row] -= share * solution[pivot]
      }
    }
    for row in stride(from: order - 1, through: 0, by: -1) {
      for column in row + 1..<order {
        solution[row] -= system[row * order + column] * solution[column]
      }
      solution[row] /= system[row * order + row]
    }
    return solution
  }
}
