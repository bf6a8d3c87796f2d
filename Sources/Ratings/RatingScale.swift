/// The lowest and the highest value a rating may have, ends included.
///
/// Set once for a store and enforced from then on. A store without one takes any finite value.
package struct RatingScale: Equatable, Sendable, Codable, CustomStringConvertible {
  package let minimum: Float
  package let maximum: Float

  /// The scale from `minimum` to `maximum`; nil unless both are finite and minimum < maximum.
  package init?(minimum: Float, maximum: Float) {
    guard minimum.isFinite, maximum.isFinite, minimum < maximum else { return nil }
    self.minimum = minimum
    self.maximum = maximum
  }

  /// Reads `0.5..5`; nil when it is written otherwise or the ends are not in order. Three dots are
  /// refused: `0...5` would be read as 0 to 0.5.
  package init?(_ text: String) {
    guard let dots = text.firstRange(of: ".."), !text.contains("..."),
      let minimum = Float(text[..<dots.lowerBound]), let maximum = Float(text[dots.upperBound...])
    else { return nil }
    self.init(minimum: minimum, maximum: maximum)
  }

  /// Whether `value` is on the scale; NaN never is.
  package func contains(_ value: Float) -> Bool { value >= minimum && value <= maximum }

  /// The scale as it is written on the command line: `0.5..5.0`.
  package var description: String { "\(minimum)..\(maximum)" }
}
