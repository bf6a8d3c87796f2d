package import Interactions
package import Ratings
package import Recommenders

extension FittedModel {
  /// Opens the model as it is served, from the bytes of its file but without a file, for the training part of `ratings`
  /// that it was trained on. It has no titles. Throws if a number in it is not finite.
  package func opened(
    kind: String, on ratings: SplitRatings
  ) throws -> any ScoredModel {
    try learned.contents(
      kind: kind, catalogue: ModelCatalogueContents(ratings: ratings) { _ in nil },
      ratingBounds: ratings.learnedBounds
    ).opened()
  }
}

extension SplitRatings {
  /// The lowest and highest rating of the training part; nil if it is empty. O(ratings).
  package var learnedBounds: ClosedRange<Float>? {
    guard let low = training.values.min(), let high = training.values.max() else { return nil }
    return low...high
  }
}

extension ModelCatalogueContents {
  /// Creates the catalogue of a model trained on the training part of `ratings`, with its users and items.
  ///
  /// A user's rated items are those of both parts, since held-out items must not be recommended either. Users and items
  /// that occur only in the held-out part are unknown to the model. `item` returns what is known about an item, and is
  /// called once for each. O(ratings).
  package init(ratings: SplitRatings, item: (ItemIndex) -> Item?) {
    let training = ratings.training
    let (offsets, items) = ratings.ratedItems()
    let known = (0..<training.itemCount).map { item(ItemIndex($0)) }
    self.init(
      users: training.userIdentifiers, items: training.itemIdentifiers,
      itemRatingCounts: training.itemRatingCounts(), ratedOffsets: offsets, ratedItems: items,
      titles: known.map { $0?.title }, attributes: known.map { $0?.attributes ?? [] })
  }
}

extension SplitRatings {
  /// Returns the rows of all items that each user of the training part rated in either part, ascending, and the start
  /// of each user's items.
  fileprivate func ratedItems() -> (offsets: [UInt64], items: [UInt32]) {
    var offsets: [UInt64] = []
    offsets.reserveCapacity(training.userCount + 1)
    offsets.append(0)
    var rated: [UInt32] = []
    rated.reserveCapacity(training.count + heldOut.count)
    // Both parts are sorted by (user, item) in id order, and rows preserve id order, so a single merge suffices.
    // Unknown held-out users in between are skipped.
    var held = 0
    for user in 0..<training.userCount {
      func heldItem() -> UInt32? {
        while held < heldOut.count {
          if heldOut.users[held] == HeldOutRatings.unknown
            || heldOut.items[held] == HeldOutRatings.unknown
          {
            held += 1
          } else {
            return heldOut.users[held] == UInt32(user) ? heldOut.items[held] : nil
          }
        }
        return nil
      }
      for position in training.positions(of: UserIndex(user)) {
        let item = training.items[position]
        while let other = heldItem(), other < item {
          rated.append(other)
          held += 1
        }
        rated.append(item)
      }
      while let other = heldItem() {
        rated.append(other)
        held += 1
      }
      offsets.append(UInt64(rated.count))
    }
    return (offsets, rated)
  }
}
