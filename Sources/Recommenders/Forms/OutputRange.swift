import Foundation

/// The range that a model's predictions are mapped into by a scaled sigmoid (fastai's
/// `sigmoid_range`), by habit a little wider than the scale of the ratings: 0 to 5.5 for 1 to 5.
package struct OutputRange: Sendable, Equatable, CustomStringConvertible {
  package let lower: Float
  package let upper: Float

  /// The range from `lower` to `upper`; nil unless both are finite and lower < upper.
  package init?(lower: Float, upper: Float) {
    guard lower.isFinite, upper.isFinite, lower < upper else { return nil }
    self.lower = lower
    self.upper = upper
  }

  /// `lower + (upper - lower) / (1 + e^-score)`: rises with the score, and is never outside the
  /// range. NaN stays NaN.
  package func sigmoid(_ score: Float) -> Float {
    lower + (upper - lower) / (1 + exp(-score))
  }

  /// ``sigmoid(_:)`` of a score and how fast it rises there, in double precision.
  func tangent(at score: Double) -> (value: Double, slope: Double) {
    let (width, share) = (Double(upper) - Double(lower), 1 / (1 + exp(-score)))
    return (Double(lower) + width * share, width * share * (1 - share))
  }

  /// The range as it is written on the command line: `0.0..5.5`.
  package var description: String { "\(lower)..\(upper)" }
}
