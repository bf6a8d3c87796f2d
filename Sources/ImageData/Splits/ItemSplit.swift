/// Which items are trained on and which are held out, by their numbers, rising.
package struct ItemSplit: Equatable, Sendable {
  /// Those to train on.
  package let training: [Int]
  /// Those to judge by.
  package let heldOut: [Int]
  /// Those of neither part: a test part beside one for validation.
  package let unused: [Int]
  /// How it was made, in words.
  package let words: String
}
