package import Ratings

/// A rating passed with a query, by item id.
package struct GivenRating: Sendable, Equatable {
  package let item: ItemID
  package let value: Float

  package init(item: ItemID, value: Float) {
    self.item = item
    self.value = value
  }
}
