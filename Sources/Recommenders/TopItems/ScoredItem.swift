package import Ratings

/// An item in an answer and how well it does there.
package struct ScoredItem: Hashable, Sendable {
  package let item: ItemIndex
  /// The predicted rating in recommendations and lists by popularity, the cosine among similar
  /// items.
  package let score: Float

  package init(item: ItemIndex, score: Float) {
    self.item = item
    self.score = score
  }
}
