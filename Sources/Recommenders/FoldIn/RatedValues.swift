/// The meaning of rating values to a model when it computes users from ratings.
package enum RatedValues: Int, Sendable, Comparable {
  /// None: only that an item was rated counts, whether it was liked or disliked.
  case ignored
  /// Ratings as given by the user.
  case ratings
  /// Confidences that the user prefers the item; never below 0.
  case confidences

  package static func < (left: RatedValues, right: RatedValues) -> Bool {
    left.rawValue < right.rawValue
  }
}
