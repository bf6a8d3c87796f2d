/// What the values of ratings are to a model that makes users of them.
package enum RatedValues: Int, Sendable, Comparable {
  /// Nothing: that an item was rated is all that counts, and what was disliked counts like what was liked.
  case ignored
  /// What the user gave.
  case ratings
  /// How much it counts that the item was rated; none is below 0.
  case confidences

  package static func < (left: RatedValues, right: RatedValues) -> Bool {
    left.rawValue < right.rawValue
  }
}
