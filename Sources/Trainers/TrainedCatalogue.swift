package import Interactions
package import Ratings
package import Recommenders

extension FittedModel {
  /// The model as it is served, opened from the bytes of its file without a file, for the training part of
  /// `ratings`, of which it was learned; it knows no titles. Throws when a number in it is not finite.
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
  /// The lowest and the highest rating of the training part; nil where it has none. O(ratings).
  package var learnedBounds: ClosedRange<Float>? {
    guard let low = training.values.min(), let high = training.values.max() else { return nil }
    return low...high
  }
}

extension ModelCatalogueContents {
  /// The catalogue of a model that was learned from the training part of `ratings`: its users and
  /// items.
  ///
  /// A user's rated items are those of both parts: what was held out for judging is not to be
  /// recommended. Users and items that only the held-out part has are unknown to the model. `item`
  /// returns what is known of an item, and is called once for each. O(ratings).
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
  /// For each user of the training part the rows of all items they rated in either part, ascending,
  /// with where each user's begin.
  fileprivate func ratedItems() -> (offsets: [UInt64], items: [UInt32]) {
    var offsets: [UInt64] = []
    offsets.reserveCapacity(training.userCount + 1)
    offsets.append(0)
    var rated: [UInt32] = []
    rated.reserveCapacity(training.count + heldOut.count)
    // Both parts are sorted by (user, item), by id, and rows keep the order of ids: one merge. A
    // held-out user who is unknown sorts in between and is passed over.
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
