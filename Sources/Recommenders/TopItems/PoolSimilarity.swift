import Ratings

/// The similarity of items within a pool, as used by ``Reranking``: the model's own similarity, scaled from 0, for
/// items that are dissimilar or tend to exclude each other, to 1, for the most similar pair of the pool.
///
/// It is relative to the pool because the partial correlations of an item-item model are small numbers, whereas
/// cosines are near 1.
struct PoolSimilarity {
  private let model: any ScoredModel
  private let rows: [UInt32]
  /// The pool's vectors, normalised to length 1, rows x length; zeros for an item about which the model learned
  /// nothing.
  private let vectors: [Float]
  private let length: Int
  /// The position of each item in the pool.
  private let places: [UInt32: Int]
  /// The factor that similarities are multiplied by.
  private var scale: Float = 1

  /// Creates the similarity of the items in `rows`: O(rows x rows x length) or, for item-item weights, O(weights of
  /// the items).
  init(_ rows: [UInt32], of model: any ScoredModel) {
    self.model = model
    self.rows = rows
    let length = model.itemVectorLength
    self.length = length
    places = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($0.element, $0.offset) })
    vectors =
      length == 0
      ? []
      : model.withItemVectors { all in
        var vectors: [Float] = []
        vectors.reserveCapacity(rows.count * length)
        for row in rows {
          let own = all[row: Int(row), length: length]
          let norm = euclideanLength(own)
          let scale = norm > 0 && norm.isFinite ? Float(1 / norm) : 0
          for element in own { vectors.append(element * scale) }
        }
        return vectors
      }
    var most: Float = 0
    var row = [Float](repeating: 0, count: rows.count)
    for place in rows.indices {
      write(of: place, to: &row)
      row[place] = 0
      most = max(most, row.max() ?? 0)
    }
    scale = most > 0 ? 1 / most : 0
  }

  /// Returns whether the items of `model` can be compared at all.
  static func isKnown(in model: any ScoredModel) -> Bool {
    model.itemVectorLength > 0
      || model.itemCount > 0 && model.similarItems(to: ItemIndex(0)) != nil
  }

  /// Writes the similarity of the item at `place` to each item of the pool.
  func write(of place: Int, to similarities: inout [Float]) {
    guard length > 0 else {
      for position in similarities.indices { similarities[position] = 0 }
      for other in model.similarItems(to: ItemIndex(rows[place])) ?? [] {
        guard let position = places[other.item.rawValue] else { continue }
        similarities[position] = max(0, other.score * scale)
      }
      return
    }
    vectors.withUnsafeBufferPointer { vectors in
      let own = vectors[row: place, length: length]
      for other in similarities.indices {
        let cosine = Self.product(own, vectors[row: other, length: length])
        similarities[other] = max(0, cosine * scale)
      }
    }
  }

  /// Returns the inner product, with 8 partial sums added in a fixed order.
  private static func product(
    _ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>
  ) -> Float {
    precondition(left.count == right.count)
    let (leftBytes, rightBytes) = (UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
    var sums = SIMD8<Float>.zero
    var position = 0
    while position + 8 <= left.count {
      sums.addProduct(
        leftBytes.loadUnaligned(fromByteOffset: position * 4, as: SIMD8<Float>.self),
        rightBytes.loadUnaligned(fromByteOffset: position * 4, as: SIMD8<Float>.self))
      position += 8
    }
    var sum = sums.sum()
    while position < left.count {
      sum += left[position] * right[position]
      position += 1
    }
    return sum
  }
}
