/// The lists of recommended items of all users who are judged: see ``RecommendedLists``.
package struct JudgedLists: Sendable {
  /// One a user.
  package let lists: [JudgedList]
  /// The number of items in the model's catalogue.
  package let itemCount: Int
}
