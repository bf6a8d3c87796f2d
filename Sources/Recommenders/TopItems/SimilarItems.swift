import Errors
package import Ratings

/// The measure of similarity between two items.
package enum ItemSimilarity: String, Sendable {
  /// The cosine of their vectors.
  case cosine
  /// The excess of users who rated both over chance: ``CoRatings``.
  case coRatings = "co-ratings"
  /// The cosine of their content, for an item that had no ratings in training.
  case content
}

/// Similar items.
extension Recommender {
  /// The default number of ratings an item needs to count as well known: in lists of similar items and of the largest
  /// biases or means, among the ends of components, and on the map.
  ///
  /// A model has seen so little of an item with fewer ratings that its factors point in a nearly random direction. In
  /// a catalogue with thousands of such items, some point the right way by chance.
  package static var defaultMinimumRatings: Int { 20 }

  /// The similarity of items: the cosine of their vectors if these rank items, and otherwise co-ratings. Factors that
  /// predict ratings do so for any user who rates an item, and say little about who does. If users have rated so many
  /// of the items that co-ratings say nothing, the vectors are used after all.
  package var itemSimilarity: ItemSimilarity {
    let vectorsTellMore = model.ranking == .preference || model.catalogue.isDense
    return model.itemVectorLength > 0 && vectorsTellMore ? .cosine : .coRatings
  }

  /// Returns the similarity of items to `item`: that of content if it has no ratings and co-ratings would be used.
  package func itemSimilarity(to item: ItemIndex) -> ItemSimilarity {
    itemSimilarity == .coRatings && model.catalogue.isCold(item) ? .content : itemSimilarity
  }

  /// Returns the `count` items most similar to `item` by ``itemSimilarity(to:)`` that `filter` admits, best first and
  /// without `item`, with ties in ascending row order.
  ///
  /// Items with fewer than `minimumRatings` ratings in training come after all others, best first among themselves.
  /// Items whose factors are all zero, about which the model learned nothing, are not listed. Neither are items rated
  /// together with `item` no more often than by chance. With co-ratings, items without ratings and with similar
  /// content come last, ordered by that similarity.
  ///
  /// O(items x factors), or the cost of ``CoRatings``.
  ///
  /// Throws `itemWithoutFactors` if vectors are compared and the item's is all zero, and `damagedModel` if it is not
  /// finite. Traps if there is no such item.
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

  /// Calls `body` with each item that has nonzero factors, and their cosine.
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
        "the model learned nothing about item \(model.items.identifier(at: item))",
        place: model.path,
        remedy: "Train again when it has more ratings.")
    }
  }
}

/// Returns the inner products of both rows and of `right` with itself, in double precision: 8 partial sums each,
/// added in a fixed order.
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
