import Interactions

/// Standardises ratings to mean 0 and standard deviation 1, so that priors fit any scale.
struct RatingScaling: Sendable {
  let mean: Double
  let deviation: Double
  private let inverse: Double

  /// Computes the scaling for the ratings of `table`. Equal ratings are only centred. O(ratings).
  init(_ table: InteractionTable) {
    let mean = table.meanValue()
    let squares = table.values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    self.init(mean: mean, deviation: (squares / Double(max(1, table.count))).squareRoot())
  }

  /// Creates a scaling from a mean and a standard deviation.
  init(mean: Double, deviation: Double) {
    self.mean = mean
    self.deviation = deviation > 1e-12 * abs(mean) ? deviation : 1
    inverse = 1 / self.deviation
  }

  @inline(__always)
  func scaled(_ value: Float) -> Float { Float((Double(value) - mean) * inverse) }
}
