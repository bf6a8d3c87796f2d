import Interactions

/// Ratings with a mean of 0 and a deviation of 1, so that what is assumed of the rows fits any scale.
struct RatingScaling: Sendable {
  let mean: Double
  let deviation: Double
  private let inverse: Double

  /// That of the ratings of `table`; equal ones only lose their mean. O(ratings).
  init(_ table: InteractionTable) {
    let mean = table.meanValue()
    let squares = table.values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    self.init(mean: mean, deviation: (squares / Double(max(1, table.count))).squareRoot())
  }

  /// That of ratings of this mean and deviation.
  init(mean: Double, deviation: Double) {
    self.mean = mean
    self.deviation = deviation > 1e-12 * abs(mean) ? deviation : 1
    inverse = 1 / self.deviation
  }

  @inline(__always)
  func scaled(_ value: Float) -> Float { Float((Double(value) - mean) * inverse) }
}
