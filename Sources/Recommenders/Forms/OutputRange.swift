import Foundation

/// The range into which predictions are mapped by a scaled sigmoid (fastai's `sigmoid_range`). It is customarily a
/// little wider than the rating scale: 0 to 5.5 for 1 to 5.
package struct OutputRange: Sendable, Equatable, CustomStringConvertible {
  package let lower: Float
  package let upper: Float

  /// Creates the range from `lower` to `upper`. Nil unless both are finite and lower < upper.
  package init?(lower: Float, upper: Float) {
    guard lower.isFinite, upper.isFinite, lower < upper else { return nil }
    self.lower = lower
    self.upper = upper
  }

  /// Returns `lower + (upper - lower) / (1 + e^-score)`: increases with the score and never leaves the range. NaN
  /// stays NaN.
  package func sigmoid(_ score: Float) -> Float {
    lower + (upper - lower) / (1 + exp(-score))
  }

  /// Returns ``sigmoid(_:)`` of a score and its slope there, in double precision.
  func tangent(at score: Double) -> (value: Double, slope: Double) {
    let (width, share) = (Double(upper) - Double(lower), 1 / (1 + exp(-score)))
    return (Double(lower) + width * share, width * share * (1 - share))
  }

  /// The range in command-line syntax: `0.0..5.5`.
  package var description: String { "\(lower)..\(upper)" }
}
