import Foundation

/// The transform applied to values before learning, like scikit-learn's FunctionTransformer. A model then
/// predicts transformed values, and ``inverse(_:)`` converts them back.
package enum ValueTransform: String, CaseIterable, Sendable {
  /// The identity: values are learned as they are.
  case none
  /// `log(1 + value)`, for counts that reach the thousands and beyond. Defined for values above -1.
  case log1p

  /// Returns the transformed value; nil where the transform is not defined.
  package func callAsFunction(_ value: Float) -> Float? {
    switch self {
    case .none: value
    case .log1p: value > -1 ? Float(Foundation.log1p(Double(value))) : nil
    }
  }

  /// Inverts the transform. This converts the median of transformed ratings to the median of the ratings, as
  /// any monotonically increasing function does; the mean is higher (Duan, "Smearing Estimate: A
  /// Nonparametric Retransformation Method", 1983).
  package func inverse(_ value: Float) -> Float {
    switch self {
    case .none: value
    // Values beyond the range of ratings are clamped to the largest.
    case .log1p: Float(min(Foundation.expm1(Double(value)), Double(Float.greatestFiniteMagnitude)))
    }
  }

  /// The transform as a formula for display; nil for the identity.
  package var formula: String? {
    switch self {
    case .none: nil
    case .log1p: "log(1 + value)"
    }
  }

  /// Returns the scale of the transformed values of `scale`; nil if the transform is not defined on it.
  package func callAsFunction(_ scale: RatingScale) -> RatingScale? {
    guard let minimum = self(scale.minimum), let maximum = self(scale.maximum) else { return nil }
    return RatingScale(minimum: minimum, maximum: maximum)
  }
}
