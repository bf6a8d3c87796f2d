import Foundation

/// What a rating adds to the confidence of a pair, in units of alpha (Hu, Koren, Volinsky, "Collaborative
/// Filtering for Implicit Feedback Datasets", 2008).
package enum Confidence: String, Sendable, CaseIterable {
  /// 1, whatever its value: it was seen.
  case equal
  /// Its value: a count, a duration.
  case value
  /// ln(1 + value): a count of which the tenth says less than the first.
  case log

  /// What a rating of `value` adds.
  package func weight(_ value: Float) -> Float {
    switch self {
    case .equal: 1
    case .value: value
    case .log: Foundation.log1p(value)
    }
  }
}
