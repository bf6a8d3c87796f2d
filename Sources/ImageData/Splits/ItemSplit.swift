/// A split into training and held-out items, by ascending item number.
package struct ItemSplit: Equatable, Sendable {
  /// The items to train on.
  package let training: [Int]
  /// The items to evaluate on.
  package let heldOut: [Int]
  /// The items in neither part, such as a test part beside one for validation.
  package let unused: [Int]
  /// How the split was made, in words.
  package let words: String
}
