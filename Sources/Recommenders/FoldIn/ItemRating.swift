package import Ratings

/// A rating that a user left of an item, by the item's row.
package struct ItemRating: Sendable, Equatable {
  package var item: ItemIndex
  package var value: Float

  package init(item: ItemIndex, value: Float) {
    self.item = item
    self.value = value
  }
}
