import Foundation

/// What values are taken to before anything is learned of them, as by scikit-learn's FunctionTransformer.
/// What is learned then predicts what they were taken to.
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

  /// The scale of what values of `scale` are taken to; nil where it is not defined.
  package func callAsFunction(_ scale: RatingScale) -> RatingScale? {
    guard let minimum = self(scale.minimum), let maximum = self(scale.maximum) else { return nil }
    return RatingScale(minimum: minimum, maximum: maximum)
  }
}
