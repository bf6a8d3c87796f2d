import Foundation
import Interactions
import Learning
import Ratings
import Recommenders
import TensorCore
import TestEnvironment
import Testing
import Trainers

/// Compares the trained `svd` model with singular values by Jacobi rotations in double precision.
@Suite struct SVDTests {
  private func fit(
    _ table: InteractionTable, factors: Int, seed: UInt64 = 0
  ) throws -> FactorTables {
    let fitted = try SVDTrainer(reading: ["factors": "\(factors)"]).fit(
      TrainingData(training: table), in: TrainingContext(seed: seed))
    return try #require(fitted.learned as? FactorTables)
  }

  /// By the Eckart-Young theorem, no matrix of this rank is closer to the ratings. The squared error is the sum of the
  /// squares of the omitted singular values.
  @Test(arguments: [(60, 40, 5), (30, 70, 12), (50, 50, 30), (200, 33, 33)])
  func isTheNearestOfItsRank(_ users: Int, _ items: Int, _ rank: Int) throws {
    let table = try RatingProblem.planted(users: users, items: items, chance: 0.3, seed: 3).table()
    let matrix = ones(table)
    let squares = gramEigenvalues(matrix)
    let least = squares.dropFirst(rank).reduce(0, +)
    let tables = try fit(table, factors: rank)
    #expect(tables.factorCount == min(rank, table.userCount, table.itemCount))
    #expect(tables.ranking == .preference)
    var miss = 0.0
    for user in 0..<table.userCount {
      for item in 0..<table.itemCount {
        let rest = matrix[user][item] - Double(tables.prediction(user, item))
        miss += rest * rest
      }
    }
    #expect(miss < 1.01 * least + 1e-6 * squares[0], "\(miss), of which \(least) can't be had")
  }

  /// Users with the same ratings have the same row, so the matrix has as many singular values as kinds of users.
  @Test func hasNoMoreFactorsThanThereAre() throws {
    var problem = RatingProblem()
    for user in 0..<40 {
      for item in 0..<12 where (item + user % 3) % 4 > 0 {
        problem.add(Int64(user), Int64(item), 1)
      }
    }
    let table = try problem.table()
    let tables = try fit(table, factors: 10)
    #expect(tables.factorCount == 3)
    for user in 0..<table.userCount {
      for item in 0..<table.itemCount {
        let expected: Float = (item + user % 3) % 4 > 0 ? 1 : 0
        #expect(abs(tables.prediction(user, item) - expected) < 1e-4)
      }
    }
  }

  @Test func whatWasRatedCountsAndNotHow() throws {
    var problem = RatingProblem.planted(users: 80, items: 60, chance: 0.4, seed: 9)
    let first = try fit(problem.table(), factors: 6)
    problem.values = problem.values.map { $0 * 7 - 3 }
    #expect(try fit(problem.table(), factors: 6).bits == first.bits)
    #expect(try fit(problem.table(), factors: 6, seed: 5).bits != first.bits)
  }
}

/// Returns the users-by-items matrix, 1 where there is a rating.
func ones(_ table: InteractionTable) -> [[Double]] {
  var matrix = [[Double]](
    repeating: [Double](repeating: 0, count: table.itemCount), count: table.userCount)
  for (user, item) in zip(table.users, table.items) { matrix[Int(user)][Int(item)] = 1 }
  return matrix
}

/// Returns the eigenvalues of `AᵀA` in descending order, the squares of A's singular values.
func gramEigenvalues(_ matrix: [[Double]]) -> [Double] {
  eigensystem(gram(matrix)).values
}

/// Returns `AᵀA`.
func gram(_ matrix: [[Double]]) -> [[Double]] {
  let count = matrix[0].count
  return (0..<count).map { row in
    (0..<count).map { column in matrix.reduce(0) { $0 + $1[row] * $1[column] } }
  }
}

/// Returns the eigenvalues in descending order and their eigenvectors, by Jacobi rotations (Golub, Van Loan, "Matrix
/// Computations", 4th edition, section 8.5).
func eigensystem(_ symmetric: [[Double]]) -> (values: [Double], vectors: [[Double]]) {
  var matrix = symmetric
  let count = matrix.count
  var vectors = (0..<count).map { row in (0..<count).map { $0 == row ? 1.0 : 0 } }
  for _ in 0..<30 {
    for first in 0..<count {
      for second in first + 1..<count where abs(matrix[first][second]) > 1e-14 {
        let ratio = (matrix[second][second] - matrix[first][first]) / (2 * matrix[first][second])
        let tangent = (ratio < 0 ? -1 : 1) / (abs(ratio) + (1 + ratio * ratio).squareRoot())
        let cosine = 1 / (1 + tangent * tangent).squareRoot()
        let sine = tangent * cosine
        for place in 0..<count {
          let (left, right) = (matrix[place][first], matrix[place][second])
          matrix[place][first] = cosine * left - sine * right
          matrix[place][second] = sine * left + cosine * right
        }
        for place in 0..<count {
          let (left, right) = (matrix[first][place], matrix[second][place])
          matrix[first][place] = cosine * left - sine * right
          matrix[second][place] = sine * left + cosine * right
          let (old, other) = (vectors[first][place], vectors[second][place])
          vectors[first][place] = cosine * old - sine * other
          vectors[second][place] = sine * old + cosine * other
        }
      }
    }
  }
  let order = (0..<count).sorted { matrix[$0][$0] > matrix[$1][$1] }
  return (order.map { matrix[$0][$0] }, order.map { vectors[$0] })
}
