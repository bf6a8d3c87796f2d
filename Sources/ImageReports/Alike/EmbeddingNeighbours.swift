package import TensorCore

/// Which images are alike, and which are unlike all others, by vectors of them: the cosines of what is left of them when
/// their mean is taken away, since all features of a network are above 0.
///
/// Exact: every pair is looked at. O(images² x width) time, O(images x block) memory.
package struct EmbeddingNeighbours: Sendable {
  /// An image and the mean cosine to its nearest.
  package struct Outlier: Sendable, Equatable {
    package let image: Int
    package let cosine: Float
    /// Whether it is farther away than is usual.
    package let isBeyond: Bool
  }

  /// Two images and their cosine, the first before the second.
  package struct Pair: Sendable, Equatable {
    package let first: Int
    package let second: Int
    package let cosine: Float
  }

  /// How many images there are.
  package let count: Int
  /// How many nearest ones count for an outlier.
  package let neighbourCount: Int
  /// All images, those whose nearest are farthest away first.
  package let outliers: [Outlier]
  /// Pairs of ``duplicateCosine`` and more, the closest first; at most ``pairLimit``.
  package let pairs: [Pair]

  /// From which cosine on two images are taken for nearly the same.
  package static let duplicateCosine: Float = 0.999
  /// The most images that all pairs are looked at of, and the most pairs that are kept.
  package static let imageLimit = 30_000
  package static let pairLimit = 10_000

  /// The images of one block of rows.
  private static let blockSize = 256

  /// Of vectors of `width` numbers, one behind the other. Traps unless they are whole, and at most ``imageLimit``.
  ///
  /// An outlier is beyond what is usual where its mean cosine is more than three deviations below the median, the
  /// deviation being 1.4826 times the median distance from that (Leys et al., "Detecting outliers: do not use standard
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

  /// How many are farther away than is usual.
  package var outlierCount: Int { outliers.count { $0.isBeyond } }

  /// Vectors less their mean, of length 1; those of length 0 stay so.
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

  /// The mean of the `count` greatest numbers of a row but one; 0 of none.
  private static func meanOfGreatest(
    _ count: Int, _ row: UnsafeBufferPointer<Float>, besides own: Int
  ) -> Float {
    guard count > 0 else { return 0 }
    // Ascending: the first is the one to be beaten.
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
