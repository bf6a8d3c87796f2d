package import Ratings

/// A rating that comes with a question, by the item's id.
package struct GivenRating: Sendable, Equatable {
  package let item: ItemID
  package let value: Float

  package init(item: ItemID, value: Float) {
    self.item = item
    self.value = value
  }
}
