import Foundation
import TensorCore

/// What the rows of one side of `als` are held near, before their ratings say more: a slope times their activity.
struct ALSPrior: Sendable {
  /// Added to a row's number of ratings in the regularisation.
  let damping: Double
  /// See ``RatingLists/activityRoot()``, of all rows of the side.
  let root: Double

  /// How much the regularisation of a row with so many ratings weighs, in units of lambda: these and the damping.
  @inline(__always)
  func weight(ratings: Int) -> Double { Double(ratings) + damping }

  /// See ``RatingLists/activity(ratings:root:)``.
  @inline(__always)
  func activity(ratings: Int) -> Float { RatingLists.activity(ratings: ratings, root: root) }

  /// What some rows of the side, each with so many ratings, add to the sums that a slope is made of: the sum of
  /// w f x for each number of a row, filled up to whole vectors, and that of w f², with their weights w and
  /// activities f. O(rows x factors).
  func slopeSums(
    of rows: FactorMatrix, ratings: @Sendable (_ row: Int) -> Int, in context: ComputeContext
  ) -> [Double] {
    let width = rows.vectorCount * 16
    let chunks = context.mapChunks(of: rows.rowCount, size: 4096) { chunk in
      var sums = [Double](repeating: 0, count: width + 1)
      for row in chunk {
        let (numbers, count) = (rows.numbers(of: row), ratings(row))
        let activity = Double(activity(ratings: count))
        let share = weight(ratings: count) * activity
        for place in 0..<width { sums[place] += share * Double(numbers[place]) }
        sums[width] += share * activity
      }
      return sums
    }
    return (0..<width + 1).map { place in chunks.reduce(0.0) { $0 + $1[place] } }
  }

  /// The slope that minimises the regularisation of all rows of a side, of which these are the sums: what is
  /// expected of a row of activity 1; filled up with zeros to whole vectors. Zeros without any sums.
  static func slope(of sums: [Double]) -> [Float] {
    let (products, squares) = (sums.dropLast(), sums[sums.count - 1])
    return products.map { squares > 0 ? Float($0 / squares) : 0 }
  }
}
