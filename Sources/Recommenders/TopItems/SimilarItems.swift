import Errors
package import Ratings

/// What makes two items alike.
package enum ItemSimilarity: String, Sendable {
  /// The cosine of their vectors.
  case cosine
  /// How much more often the same users have rated both than by chance: ``CoRatings``.
  case coRatings = "co-ratings"
  /// The cosine of their content, of an item that had no ratings in training.
  case content
}

/// Items that are alike.
extension Recommender {
  /// The ratings that an item needs to stand among the well-known ones, unless told otherwise: in lists of what is similar or
  /// has the largest bias or mean, among the ends of components, on the map.
  /// Of an item with fewer a model has seen so little that its factors point nearly anywhere, and in a
  /// catalogue with thousands of such items some point the right way by chance.
  package static var defaultMinimumRatings: Int { 20 }

  /// What makes two items alike: their vectors where these rank items; else who has rated both, since factors that
  /// predict ratings do so for whoever rates an item, and say little of who does. Where users have rated most of the items, and
  /// who has rated them tells nothing, their vectors again.
  package var itemSimilarity: ItemSimilarity {
    let vectorsTellMore = model.ranking == .preference || model.catalogue.isDense
    return model.itemVectorLength > 0 && vectorsTellMore ? .cosine : .coRatings
  }

  /// What makes items like this one: its content, where nobody has rated it and who has rated both would tell.
  package func itemSimilarity(to item: ItemIndex) -> ItemSimilarity {
    itemSimilarity == .coRatings && model.catalogue.isCold(item) ? .content : itemSimilarity
  }

  /// The `count` items most like `item` by ``itemSimilarity(to:)``, best first, without itself; among equals the lower
  /// row first, of those that `filter` admits. Items with fewer than `minimumRatings` ratings
  /// in training come behind all those with as many or more, best first among themselves. Items whose
  /// factors are all zero, of which the model learned nothing, are like no other and are not listed, and nor are
  /// those that go together with the item no more than by chance. Where who has rated both tells what is alike, items without
  /// ratings whose content is like the item's come last, by that.
  /// O(items x factors), or what ``CoRatings`` takes.
  ///
  /// Throws `itemWithoutFactors` where the vectors are compared and the item's is all zero, `damagedModel` where it is not finite. Traps
  /// when there is no such item.
  package func similar(
    to item: ItemIndex, count: Int, minimumRatings: Int = Recommender.defaultMinimumRatings,
    filter: CandidateFilter = .all
  ) throws(RecommendingError) -> [ScoredItem] {
    precondition(count >= 0 && minimumRatings >= 0)
    let support = UInt32(clamping: minimumRatings)
    let filter = filter.excluding(CollectionOfOne(item))
    var known = TopSelection(count: min(count, model.itemCount), filter: filter)
    var (rare, cold) = (known, known)
    try forEachSimilar(to: item) { row, similarity, ratingCount in
      if ratingCount >= support {
        known.consider(row, score: similarity)
      } else {
        rare.consider(row, score: similarity)
      }
    }
    if itemSimilarity(to: item) == .coRatings {
      for other in model.catalogue.itemsNearByContent(to: item) {
        cold.consider(other.item.rawValue, score: Double(other.score))
      }
    }
    return (known.ranked() + rare.ranked() + cold.ranked()).prefix(count).map {
      ScoredItem(item: ItemIndex($0.row), score: Float(max(-1, min(1, $0.score))))
    }
  }

  /// Calls `body` with each item that has a similarity to `item`: its row, the similarity and its number of ratings.
  @inline(__always)
  private func forEachSimilar(
    to item: ItemIndex, _ body: (_ row: UInt32, _ similarity: Double, _ ratingCount: UInt32) -> Void
  ) throws(RecommendingError) {
    guard itemSimilarity == .coRatings else { return try forEachCosine(to: item, body) }
    model.catalogue.withItemRatingCounts { counts in
      let others =
        model.catalogue.neighboursByContent(of: item) ?? coRatings.similarItems(to: item)
      for other in others {
        body(other.item.rawValue, Double(other.score), counts[other.item.position])
      }
    }
  }

  /// Calls `body` with each item that has factors, and their cosine.
  @inline(__always)
  private func forEachCosine(
    to item: ItemIndex, _ body: (_ row: UInt32, _ similarity: Double, _ ratingCount: UInt32) -> Void
  ) throws(RecommendingError) {
    let length = model.itemVectorLength
    let ownLength = model.withItemVectors { vectors in
      let own = vectors[row: item.position, length: length]
      let ownLength = euclideanLength(own)
      guard ownLength > 0, ownLength.isFinite else { return ownLength }
      model.catalogue.withItemRatingCounts { counts in
        for row in counts.indices {
          let (product, square) = productAndSquare(own, vectors[row: row, length: length])
          guard square > 0, square.isFinite else { continue }
          body(UInt32(row), product / (ownLength * square.squareRoot()), counts[row])
        }
      }
      return ownLength
    }
    guard ownLength.isFinite else {
      throw RecommendingError(
        .damagedModel, "the model is damaged: a factor is not a finite number", place: model.path,
        remedy: "Verify the file, and go back to an earlier version.")
    }
    guard ownLength > 0 else {
      throw RecommendingError(
        .itemWithoutFactors,
        "the model learned nothing of item \(model.items.identifier(at: item))",
        place: model.path,
        remedy: "Train again when it has more ratings.")
    }
  }
}

/// The inner product of both rows, and that of `right` with itself, in double precision: 8 sums each,
/// added up in a fixed order.
func productAndSquare(
  _ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>
) -> (product: Double, square: Double) {
  var (products, squares) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
  let (leftBytes, rightBytes) = (UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
  var position = 0
  while position + 8 <= left.count {
    let a = SIMD8<Double>(
      leftBytes.loadUnaligned(fromByteOffset: position * 4, as: SIMD8<Float>.self))
    let b = SIMD8<Double>(
      rightBytes.loadUnaligned(fromByteOffset: position * 4, as: SIMD8<Float>.self))
    products.addProduct(a, b)
    squares.addProduct(b, b)
    position += 8
  }
  var (product, square) = (products.sum(), squares.sum())
  while position < left.count {
    product += Double(left[position]) * Double(right[position])
    square += Double(right[position]) * Double(right[position])
    position += 1
  }
  return (product, square)
}
