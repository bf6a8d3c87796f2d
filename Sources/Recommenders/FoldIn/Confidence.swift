import Foundation

/// The confidence that a rating adds to a user-item pair, in units of alpha (Hu, Koren, Volinsky, "Collaborative
/// Filtering for Implicit Feedback Datasets", 2008).
package enum Confidence: String, Sendable, CaseIterable {
  /// 1 for every rating: only that the item was seen counts.
  case equal
  /// The value itself, such as a count or a duration.
  case value
  /// ln(1 + value), for counts whose tenth event says less than the first.
  case log

  /// Returns the confidence that a rating of `value` adds.
  package func weight(_ value: Float) -> Float {
    switch self {
    case .equal: 1
    case .value: value
    case .log: Foundation.log1p(value)
    }
  }
}
