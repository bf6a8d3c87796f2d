import Foundation
import TensorCore

/// The users of an `als` training, or the items.
///
/// `@unchecked Sendable`: several threads write to its rows at a time, each to rows of its own, and all are
/// done before anybody reads them; nothing else changes meanwhile.
final class ALSSide: @unchecked Sendable {
  let lists: RatingLists
  /// A row's bias before its factors.
  let rows: FactorMatrix
  /// See ``RatingLists/activities()``.
  let activities: [Float]
  /// The activity of a row for each unit of the logarithm of 1 and the number of its ratings.
  let activityUnit: Double
  /// What is expected of a row of activity 1; filled up with zeros to whole vectors.
  var slope: [Float]
  private let damping: Double

  /// Rows of zeros.
  init(_ lists: RatingLists, factors: Int, damping: Double) {
    self.lists = lists
    self.damping = damping
    rows = FactorMatrix(rows: lists.rowCount, factors: factors + 1)
    (activities, activityUnit) = lists.activities()
    slope = [Float](repeating: 0, count: rows.vectorCount * 16)
  }

  /// How much a row's regularisation weighs, in units of lambda: its ratings and the damping.
  @inline(__always)
  func weight(of row: Int) -> Double { Double(lists.positions(of: row).count) + damping }

  /// Solves the slope that minimises the regularisation of the rows as they stand: the sum of w f x over that
  /// of w f², with their weights w and activities f. O(rows x factors).
  func solveSlope(in context: ComputeContext) {
    let sums = context.mapChunks(of: rows.rowCount, size: 4096) { [self] chunk in
      var sums = [Double](repeating: 0, count: slope.count + 1)
      for row in chunk {
        let (numbers, activity) = (rows.numbers(of: row), Double(activities[row]))
        let share = weight(of: row) * activity
        for place in slope.indices { sums[place] += share * Double(numbers[place]) }
        sums[slope.count] += share * activity
      }
      return sums
    }
    for place in slope.indices {
      let sum = sums.reduce(0.0) { $0 + $1[place] }
      slope[place] = Float(sum / sums.reduce(0.0) { $0 + $1[slope.count] })
    }
  }
}

/// Solves single rows of `als`, the other side as it stands; on one thread, in memory of its own.
///
/// With v = (1, q_1 ... q_k) of a rating's other row, whose bias is c, x = (b, p_1 ... p_k) minimises where
///
///     (sum over ratings of v vᵀ + lambda w) x = sum over ratings of (y - c) v + lambda w f s
///
/// with w the row's weight, f its activity, s the slope.
struct ALSRowSolver {
  private let own: ALSSide
  private let other: FactorMatrix
  private let scaling: RatingScaling
  private let regularization: Double
  private let system: NormalEquations

  init(
    _ own: ALSSide, _ other: FactorMatrix, _ scaling: RatingScaling, regularization: Double
  ) {
    self.own = own
    self.other = other
    self.scaling = scaling
    self.regularization = regularization
    system = NormalEquations(vectors: own.rows.vectorCount)
  }

  /// Solves some rows. Returns the sum of the squared errors of their ratings, 0 where that is not measured;
  /// nil when a system could not be solved.
  func solve(_ rows: Range<Int>, measuring: Bool) -> Double? {
    var squares = 0.0
    for row in rows {
      let positions = own.lists.positions(of: row)
      system.begin(unknowns: own.rows.factorCount)
      let ridge = Float(regularization * own.weight(of: row))
      for place in 0..<system.order { system.addToDiagonal(ridge, at: place) }
      let pull = ridge * own.activities[row]
      let right = UnsafeMutableRawPointer(system.right).assumingMemoryBound(to: Float.self)
      for place in own.slope.indices { right[place] = pull * own.slope[place] }
      system.addRatings(
        positions, of: own.lists, with: other, target: { scaling.scaled($0) }, weight: { _ in 1 })
      guard system.solve() else { return nil }
      own.rows.row(row).update(from: system.solution, count: own.rows.vectorCount)
      guard measuring else { continue }
      for position in positions {
        let score = other.biasedProduct(
          own.rows.row(row), other.row(Int(own.lists.others[position])))
        let miss = Double(scaling.scaled(own.lists.values[position]) - score)
        squares += miss * miss
      }
    }
    return squares
  }
}
