package import Ratings

/// A user's rating of an item, by row.
package struct ItemRating: Sendable, Equatable {
  package var item: ItemIndex
  package var value: Float

  package init(item: ItemIndex, value: Float) {
    self.item = item
    self.value = value
  }
}
