import Foundation
import TensorCore

/// The prior of one side's rows in `als`: the regularisation pulls each row towards a slope times its activity.
struct ALSPrior: Sendable {
  /// Added to a row's number of ratings in the regularisation.
  let damping: Double
  /// The ``RatingLists/activityRoot()`` of all rows of the side.
  let root: Double

  /// Returns the regularisation weight of a row, in units of lambda: its number of ratings plus the damping.
  @inline(__always)
  func weight(ratings: Int) -> Double { Double(ratings) + damping }

  /// Returns a row's activity; see ``RatingLists/activity(ratings:root:)``.
  @inline(__always)
  func activity(ratings: Int) -> Float { RatingLists.activity(ratings: ratings, root: root) }

  /// Returns the contribution of some rows of the side to the sums behind the slope. With weights w and activities f,
  /// these are the sum of w f x for each component of a row, padded to whole vectors, and the sum of w f². `ratings`
  /// returns a row's number of ratings. O(rows x factors).
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

  /// Returns the slope that minimises the regularisation of all rows of a side, given their sums: the expected value of
  /// a row of activity 1. Padded with zeros to whole vectors. Zeros if the sums are zero.
  static func slope(of sums: [Double]) -> [Float] {
    let (products, squares) = (sums.dropLast(), sums[sums.count - 1])
    return products.map { squares > 0 ? Float($0 / squares) : 0 }
  }
}
