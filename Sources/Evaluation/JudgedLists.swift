/// The recommendation lists of all evaluated users: see ``RecommendedLists``.
package struct JudgedLists: Sendable {
  /// One list per user.
  package let lists: [JudgedList]
  /// The number of items in the model's catalogue.
  package let itemCount: Int
}
