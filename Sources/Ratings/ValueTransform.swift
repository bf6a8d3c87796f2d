import Foundation

/// What values are taken to before anything is learned of them, as by scikit-learn's FunctionTransformer.
/// What is learned then predicts what they were taken to, and ``inverse(_:)`` takes that back.
package enum ValueTransform: String, CaseIterable, Sendable {
  /// Nothing: values are learned as they are.
  case none
  /// `log(1 + value)`, of counts that go up to thousands and more, for values above -1.
  case log1p

  /// What `value` is taken to; nil for one that it is not defined for.
  package func callAsFunction(_ value: Float) -> Float? {
    switch self {
    case .none: value
    case .log1p: value > -1 ? Float(Foundation.log1p(Double(value))) : nil
    }
  }

  /// What is taken to `value`. The median of ratings from that of what they were taken to, as of any function that
  /// rises; their mean is above it (Duan, "Smearing Estimate: A Nonparametric Retransformation Method", 1983).
  package func inverse(_ value: Float) -> Float {
    switch self {
    case .none: value
    // What no rating is as large as becomes the largest.
    case .log1p: Float(min(Foundation.expm1(Double(value)), Double(Float.greatestFiniteMagnitude)))
    }
  }

  /// What a value is taken to, as a formula for people; nil where it stays what it is.
  package var formula: String? {
    switch self {
    case .none: nil
    case .log1p: "log(1 + value)"
    }
  }

  /// The scale of what values of `scale` are taken to; nil where it is not defined.
  package func callAsFunction(_ scale: RatingScale) -> RatingScale? {
    guard let minimum = self(scale.minimum), let maximum = self(scale.maximum) else { return nil }
    return RatingScale(minimum: minimum, maximum: maximum)
  }
}
