package import Errors
package import Ratings

/// Why there is no list: what, where, and what to do about it.
package typealias RecommendingError = ExplainedError<RecommendingErrorCode>

/// The kinds of failure of a ``RecommendingError``.
package enum RecommendingErrorCode: String, ErrorCode {
  /// The model has no factors to compare items by.
  case modelWithoutFactors
  /// The item's factors are all zero: the model learned nothing of it.
  case itemWithoutFactors
}

extension Recommender {
  /// The ratings that an item needs to be listed among the well-known ones, unless told otherwise.
  /// Of an item with fewer a model has seen so little that its factors point nearly anywhere, and in a
  /// catalogue with thousands of such items some point the right way by chance.
  package static let defaultSimilarSupport = 20

  /// The `count` items most like `item` by the cosine of their factors, or embeddings, best first,
  /// without itself; among equals the lower row first, of those that `filter` admits. Items with fewer than `minimumRatings` ratings
  /// in training come behind all those with as many or more, best first among themselves. Items whose
  /// factors are all zero, of which the model learned nothing, are like no other and are not listed.
  /// O(items x factors).
  ///
  /// Throws ``RecommendingError`` when the model has no factors, or the item's are all zero. Traps
  /// when there is no such item.
  package func similar(
    to item: ItemIndex, count: Int, minimumRatings: Int = Recommender.defaultSimilarSupport,
    filter: CandidateFilter = .all
  ) throws(RecommendingError) -> [ScoredItem] {
    precondition(count >= 0 && minimumRatings >= 0)
    let length = model.itemVectorLength
    guard length > 0 else {
      throw RecommendingError(
        .modelWithoutFactors, "a model of kind \(model.kind) has no factors to compare items by",
        place: "similar items", remedy: "Train one that has: latent train --model dot-bias.")
    }
    let support = UInt32(clamping: minimumRatings)
    let filter = filter.excluding(CollectionOfOne(item))
    var known = TopSelection(count: min(count, model.itemCount), filter: filter)
    var rare = known
    let ownLength = model.withItemVectors { vectors in
      let own = vectors[row: item.position, length: length]
      let ownLength = euclideanLength(own)
      guard ownLength > 0 else { return ownLength }
      model.catalogue.withItemRatingCounts { counts in
        for row in counts.indices {
          let (product, square) = productAndSquare(own, vectors[row: row, length: length])
          guard square > 0 else { continue }
          let cosine = product / (ownLength * square.squareRoot())
          if counts[row] >= support {
            known.consider(UInt32(row), score: cosine)
          } else {
            rare.consider(UInt32(row), score: cosine)
          }
        }
      }
      return ownLength
    }
    guard ownLength > 0 else {
      throw RecommendingError(
        .itemWithoutFactors, "the model learned nothing of this item",
        place: "item \(model.items.identifier(at: item))",
        remedy: "Train again when it has more ratings.")
    }
    return (known.ranked() + rare.ranked()).prefix(count).map {
      ScoredItem(item: ItemIndex($0.row), score: Float(max(-1, min(1, $0.score))))
    }
  }
}

/// The inner product of both rows, and that of `right` with itself, in double precision: 8 sums each,
/// added up in a fixed order.
private func productAndSquare(
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
