package import TensorCore

/// Near-duplicates and outliers among images, by the cosine similarity of their embeddings. The mean is subtracted
/// first, since all features of a network are non-negative.
///
/// Exact: compares every pair. O(images² x width) time, O(images x block) memory.
package struct EmbeddingNeighbours: Sendable {
  /// An image and its mean cosine to its nearest neighbours.
  package struct Outlier: Sendable, Equatable {
    package let image: Int
    package let cosine: Float
    /// Whether the image is unusually far from its neighbours.
    package let isBeyond: Bool
  }

  /// Two images and their cosine; the first precedes the second.
  package struct Pair: Sendable, Equatable {
    package let first: Int
    package let second: Int
    package let cosine: Float
  }

  /// The number of images.
  package let count: Int
  /// The number of nearest neighbours that an outlier is measured by.
  package let neighbourCount: Int
  /// All images, those farthest from their neighbours first.
  package let outliers: [Outlier]
  /// Pairs with a cosine of at least ``duplicateCosine``, closest first; at most ``pairLimit``.
  package let pairs: [Pair]

  /// The cosine from which two images count as near-duplicates.
  package static let duplicateCosine: Float = 0.999
  /// The maximum number of images that are compared pairwise, and of pairs that are kept.
  package static let imageLimit = 30_000
  package static let pairLimit = 10_000

  /// The number of images in a block of rows.
  private static let blockSize = 256

  /// Compares vectors of `width` numbers, stored consecutively. Traps if the last is incomplete or there are more
  /// than ``imageLimit``.
  ///
  /// An image counts as unusually far away if its mean cosine is more than three deviations below the median. The
  /// deviation is 1.4826 times the median absolute deviation (Leys et al., "Detecting outliers: do not use standard
  /// deviation around the mean, use absolute deviation around the median", 2013).
  package init(
    _ vectors: [Float], width: Int, neighbourCount: Int = 10, on context: ComputeContext
  ) throws(TensorError) {
    precondition(width > 0 && vectors.count.isMultiple(of: width), "vectors of \(width) numbers")
    let count = vectors.count / width
    precondition(count <= Self.imageLimit, "\(count) images")
    self.count = count
    let nearestCount = max(0, min(neighbourCount, count - 1))
    self.neighbourCount = nearestCount
    let units = Tensor([count, width], Self.units(vectors, width))
    var means: [Float] = []
    var pairs: [Pair] = []
    for start in stride(from: 0, to: count, by: Self.blockSize) {
      let end = min(start + Self.blockSize, count)
      let block = Tensor(
        [end - start, width], units.withElements { Array($0[start * width..<end * width]) })
      let cosines = try context.bind { () throws(TensorError) in
        try Tape(isRecording: false).matmul(Variable(block), transposed: Variable(units)).value
      }
      cosines.withElements { cosines in
        for image in start..<end {
          let row = UnsafeBufferPointer(
            rebasing: cosines[(image - start) * count..<(image - start + 1) * count])
          means.append(Self.meanOfGreatest(nearestCount, row, besides: image))
          for other in image + 1..<max(count, image + 1) where row[other] >= Self.duplicateCosine {
            pairs.append(Pair(first: image, second: other, cosine: min(row[other], 1)))
          }
        }
      }
      if pairs.count > 4 * Self.pairLimit { pairs = Self.closest(pairs) }
    }
    self.pairs = Self.closest(pairs)
    let sorted = means.sorted()
    let median = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    let distances = means.map { abs($0 - median) }.sorted()
    let bound = median - 3 * 1.4826 * (distances.isEmpty ? 0 : distances[distances.count / 2])
    outliers = means.enumerated().map { image, cosine in
      Outlier(image: image, cosine: cosine, isBeyond: cosine < bound)
    }.sorted { ($0.cosine, $0.image) < ($1.cosine, $1.image) }
  }

  /// The number of images that are unusually far away.
  package var outlierCount: Int { outliers.count { $0.isBeyond } }

  /// Returns the centred vectors, scaled to length 1; vectors of length 0 stay so.
  private static func units(_ vectors: [Float], _ width: Int) -> [Float] {
    let count = vectors.count / width
    var mean = [Double](repeating: 0, count: width)
    for (place, number) in vectors.enumerated() { mean[place % width] += Double(number) }
    var units = vectors
    for image in 0..<count {
      let own = image * width..<(image + 1) * width
      for place in own {
        units[place] -= Float(mean[place - own.lowerBound] / Double(count))
      }
      let length = own.reduce(Float(0)) { $0 + units[$1] * units[$1] }.squareRoot()
      guard length > 1e-12 else { continue }
      for place in own { units[place] /= length }
    }
    return units
  }

  /// Returns the mean of the `count` greatest numbers of a row, excluding position `own`; 0 if `count` is 0.
  private static func meanOfGreatest(
    _ count: Int, _ row: UnsafeBufferPointer<Float>, besides own: Int
  ) -> Float {
    guard count > 0 else { return 0 }
    // Ascending: the first is the one to beat.
    var greatest = [Float](repeating: -.infinity, count: count)
    for (place, number) in row.enumerated() where number > greatest[0] && place != own {
      var position = 1
      while position < count, greatest[position] < number {
        greatest[position - 1] = greatest[position]
        position += 1
      }
      greatest[position - 1] = number
    }
    return greatest.reduce(0, +) / Float(count)
  }

  private static func closest(_ pairs: [Pair]) -> [Pair] {
    Array(
      pairs.sorted { ($1.cosine, $0.first, $0.second) < ($0.cosine, $1.first, $1.second) }
        .prefix(pairLimit))
  }
}
